"""Words of the figures."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.tally import HOURS

#: Key: Chinese, English. Keys of this topic begin with its name.
WORDS: Mapping[str, tuple[str, str]] = {
    "figures_title": ("統計", "Figures"),
    "figures_intro": (
        "只有次數：哪一天、哪一種、幾次。沒有誰、沒有內容，也連不回任何對話或轉介。",
        "Only how often: which day, which kind, how many. Not who, not what, and nothing leads to a conversation or a handoff.",
    ),
    "figures_period": ("期間", "Period"),
    "figures_week": ("最近 7 天", "Last 7 days"),
    "figures_month": ("最近 30 天", "Last 30 days"),
    "figures_year": ("最近 12 個月", "Last 12 months"),
    "figures_span": (
        "{since} 到 {until}，到昨天為止（臺灣時間）",
        "{since} to {until}, up to yesterday (Taiwan time)",
    ),
    "figures_csv": ("下載 CSV", "Download CSV"),
    "figures_hidden": ("少於 5", "under 5"),
    "figures_hidden_long": ("不顯示", "not shown"),
    "figures_hiding": (
        (
            "太小的數字不顯示，以免認出某個人；「—」可能是 0，也可能是為了不讓別格被算出來而一起藏起來的。"
            "寫 0 的，才確定是 0。"
        ),
        (
            "Numbers that are too small are not shown, so that nobody can be recognised. “—” may be 0, or may be hidden so "
            "that another cannot be computed. Only where it says 0 is it certainly 0."
        ),
    ),
    "figures_contacts": ("新的對話", "New conversations"),
    "figures_handoffs": ("送出的轉介", "Handoffs sent"),
    "figures_wait": ("第一次去電：一半的人等了", "First call: half of them waited"),
    "figures_unknown": ("看不出來", "Cannot be told"),
    "figures_over_days": ("每天的新對話", "New conversations by day"),
    "figures_over_months": ("每月的新對話", "New conversations by month"),
    "figures_chart": (
        "直條圖，數字在下面的表格裡。",
        "A column chart; its numbers stand in the table below.",
    ),
    "figures_chart_key": (
        "實心是次數，最高的一條是 {most}；虛線框是不顯示的小數字，高度沒有意義。",
        "Filled columns are counts, the highest is {most}; dashed boxes are numbers that are not shown, their height means nothing.",
    ),
    "figures_chart_none": (
        "這段期間的數字都太小，不顯示。",
        "All numbers of this period are too small to be shown.",
    ),
    "figures_numbers": ("看數字", "The numbers"),
    "figures_day": ("日期", "Day"),
    "figures_month_head": ("月份", "Month"),
    "figures_hours": ("幾點來", "Hour of the day"),
    "figures_hour": ("時間", "Hour"),
    "figures_what": ("項目", "What"),
    "figures_count": ("次數", "Count"),
    "figures_other": ("其他", "Other"),
    "figures_total": ("合計", "Total"),
    "figures_about": ("從這裡開始看：為了誰、幾歲、什麼事", "Begin here: for whom, how old, what"),
    "figures_when": ("什麼時候、從哪裡、用什麼語言", "When, from where, in which language"),
    "figures_help": ("得到了什麼", "What they got"),
    "figures_stops": ("在哪一題停下來", "Where conversations ended"),
    "figures_stops_means": (
        (
            "走到那一題的對話裡，大約有多少停在那裡、沒有再往下。停下來不一定是不好：可能已經拿到需要的電話。"
            "只看一週有 20 個以上新對話的那幾週（這段期間有 {weeks} 週），而且走到那一題的有 20 個以上；比例取到 5%。"
        ),
        (
            "Of the conversations that came to a step, roughly how many ended there. To end is not always bad: they may have "
            "got the number they needed. Only weeks with 20 or more new conversations count ({weeks} in this period), and "
            "steps that 20 or more came to; shares are rounded to 5%."
        ),
    ),
    "figures_step": ("題目", "Step"),
    "figures_share": ("停在這裡", "Ended here"),
    "figures_means_title": ("這些數字代表什麼，不代表什麼", "What these figures mean, and what they do not"),
    "figures_means_contacts": (
        (
            "一個「新的對話」是有人開始說話，不是一個人：24 小時沒說話、刪除後再來、換一個管道，都會再算一次。"
            "只打開網頁、沒有按任何按鈕的，沒有算。"
        ),
        (
            "A new conversation is somebody who began to talk, not a person: after 24 silent hours, after erasing, or on "
            "another channel the same person counts again. Who opens the page and presses nothing is not counted."
        ),
    ),
    "figures_means_answers": (
        "答案只算第一次；改答案不會再算。按「上一步」收回、再答一次，或重新開始，會再算一次。",
        "Only the first answer counts; changing it does not count again. Taking it back with “back” and answering anew, or starting over, does.",
    ),
    "figures_means_cases": (
        "這些是按鈕，不是查證過的事實，不能當作案件數或發生率。",
        "These are buttons that were pressed, not verified facts; they are neither a number of cases nor a rate.",
    ),
    "figures_means_lost": (
        "程式突然中斷時，最多少算 30 秒；不會多算。",
        "When the program dies suddenly, up to 30 seconds are missing; nothing is counted twice.",
    ),
    "figures_means_share": (
        "每天的畫面留下來相減，可能猜得出很小的數字。要給單位以外的人看，請用 12 個月的。",
        "Whoever keeps each day's page and subtracts may guess small numbers. To show figures outside, use the 12 months.",
    ),
    "figures_csv_figure": ("統計", "Figure"),
    "figures_csv_code": ("代碼", "Code"),
    "figures_csv_percent": ("約 {percent}%", "about {percent}%"),
}

#: What tables of the service itself are called, and what each counts: kind → (title, means), each in both languages.
TABLES: Mapping[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "channel": (
        ("從哪裡來", "Channel"),
        ("新的對話從哪裡開始。", "Where new conversations began."),
    ),
    "hour": (
        ("幾點來", "Hour"),
        ("新的對話在幾點開始（臺灣時間）。", "At which hour new conversations began (Taiwan time)."),
    ),
    "language": (
        ("語言", "Language"),
        (
            "回答完第一題的時候用的語言。沒有答第一題的不在裡面。",
            "The language when the first question had been answered. Whoever did not answer it is not in it.",
        ),
    ),
    "alarm": (
        ("聽到危急的話", "Words of alarm"),
        (
            "打出這些話、對話停下來給電話的次數。用按鈕進去的沒有算；認錯的也算在裡面。",
            "How often such words stopped the conversation and numbers were shown. Buttons are not counted; words that were taken wrongly are.",
        ),
    ),
    "page": (
        ("轉介的網頁", "The page for a handoff"),
        ("給了幾次連結、打開幾次。", "How often a link was given, and opened."),
    ),
    "handoff": (
        ("送出的轉介", "Handoffs sent"),
        ("在對話裡或在網頁上送出的次數。", "Sent in the chat, or on the page."),
    ),
    "request": (
        ("送出後的請求", "Requests after sending"),
        ("請求的次數，還不是處理的結果。", "How often it was asked for, not what came of it."),
    ),
    "first_call": (
        ("多久接到第一次電話", "Time to the first call"),
        (
            "從送出轉介到同仁記錄第一次去電。日期是去電的那天。",
            "From sending to the first call that a colleague noted. The day is that of the call.",
        ),
    ),
}

#: What a row of such a table is called: `kind.code` → Chinese, English.
NAMES: Mapping[str, tuple[str, str]] = {
    **{
        f"hour.{hour}": (f"{int(hour)}–{int(hour) + 1} 點", f"{int(hour)}:00–{int(hour) + 1}:00")
        for hour in HOURS
    },
    "channel.line": ("LINE", "LINE"),
    "channel.telegram": ("Telegram", "Telegram"),
    "channel.web": ("網頁", "Web chat"),
    "language.zh_TW": ("中文", "Chinese"),
    "language.en": ("英文", "English"),
    "language.vi": ("越南文", "Vietnamese"),
    "language.id": ("印尼文", "Indonesian"),
    "language.th": ("泰文", "Thai"),
    "language.fil": ("菲律賓文", "Filipino"),
    "alarm.crisis": ("不想活、傷害自己", "Dying, hurting oneself"),
    "alarm.danger": ("現在有危險", "Being in danger now"),
    "alarm.seeking": ("像是在找這類影像", "Looking for such images"),
    "page.offered": ("給了連結", "A link was given"),
    "page.opened": ("打開了網頁", "The page was opened"),
    "handoff.chat": ("在對話裡送出", "In the chat"),
    "handoff.page": ("在網頁上送出", "On the page"),
    "request.withdraw": ("請求撤回", "To withdraw"),
    "request.correct": ("請求更正", "To correct"),
    "first_call.under_1h": ("1 小時內", "Within 1 hour"),
    "first_call.1_4h": ("1–4 小時", "1 to 4 hours"),
    "first_call.4_24h": ("4–24 小時", "4 to 24 hours"),
    "first_call.1_3d": ("1–3 天", "1 to 3 days"),
    "first_call.over_3d": ("超過 3 天", "More than 3 days"),
}
