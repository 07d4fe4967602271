"""Words of the page of one handoff."""

from __future__ import annotations

from collections.abc import Mapping

#: Key: Chinese, English. Keys of this topic begin with its name.
WORDS: Mapping[str, tuple[str, str]] = {
    "case_title": ("轉介 {short}", "Handoff {short}"),
    "case_to_queue": ("回到轉介列表", "Back to the list"),
    # Masked
    "case_masked_text": (
        "內容還遮著。選一個理由打開，理由和時間會記在稽核紀錄裡。",
        "Its contents are covered. Choose a reason to open it; reason and time go into the audit log.",
    ),
    "case_sent": ("送出", "Sent"),
    "case_age": ("已經多久", "Age"),
    "case_under_hour": ("不到 1 小時", "less than an hour"),
    "case_hours": ("{count} 小時", "{count} h"),
    "case_days": ("{count} 天", "{count} d"),
    "case_status": ("狀態", "Status"),
    "case_status_new": ("新的", "New"),
    "case_status_in_progress": ("處理中", "In progress"),
    "case_status_called": ("已聯絡", "Called"),
    "case_status_done": ("已辦結", "Done"),
    "case_assigned": ("負責", "Assigned to"),
    "case_nobody": ("還沒有人", "nobody yet"),
    "case_me": ("（我）", "(me)"),
    "case_asked": ("本人後來的請求", "Asked for later"),
    "case_none": ("沒有", "none"),
    "case_asked_withdraw": ("要求撤回", "to take it back"),
    "case_asked_correct": ("要求更正 {count} 則", "to correct it ({count})"),
    "case_content": ("姓名、電話、寫的內容", "Name, number, what was written"),
    "case_covered": ("遮著", "covered"),
    "case_why": ("為什麼要打開？", "Why do you open it?"),
    "case_no_reason": ("請先選一個理由，再打開。", "Choose a reason first."),
    "case_open": ("打開", "Open"),
    "case_lasts": (
        "打開後 15 分鐘內可以再看；之後要再選一次理由。",
        "You can read it for 15 minutes; then a reason is asked again.",
    ),
    "case_not_caring": (
        "選「督導」「依法要做的事」或「其他」，不算有人在處理：提醒會繼續，本人看到的進度也不會變。",
        "Supervision, a legal duty or another reason is not taking care of it: alarms go on, and its person is told nothing new.",
    ),
    "case_open_beside": ("在新分頁打開", "Open in a new tab"),
    "case_reason_first_call": ("第一次聯絡", "First call"),
    "case_reason_follow_up": ("後續聯絡或處理", "Following up"),
    "case_reason_request": ("處理撤回或更正的請求", "A request to take back or correct"),
    "case_reason_handover": ("交接或代理", "Handover or standing in"),
    "case_reason_supervision": ("督導", "Supervision"),
    "case_reason_duty": ("依法要做的事，例如通報", "A legal duty, such as reporting"),
    "case_reason_other": (
        "其他（原因請寫在貴單位自己的紀錄）",
        "Other (write why in your unit's own records)",
    ),
    # What could not be read
    "case_broken_title": ("這一件現在讀不出來", "This one cannot be read now"),
    "case_what_forged": (
        "簽章不符：不是這個服務送來的，或被換了位置。不要採用，馬上告訴負責資安的同事。",
        "The signature does not fit: it was not sent by this service, or was put in another's place. Do not use it; tell whoever answers for security at once.",
    ),
    "case_what_unreadable": (
        "解不開，或資料被改過。請告訴系統管理人員，可能要用較早的金鑰或復原金鑰。",
        "It does not open, or it was altered. Tell your administrator; an older key or the recovery key may be needed.",
    ),
    "case_what_odd_form": (
        "解開了，但不是這份表單的格式。請告訴系統管理人員。",
        "It opens, but it is not of this form. Tell your administrator.",
    ),
    "case_broken_stays": (
        "因為沒有人讀到內容，這一件照樣會提醒，也不會因此到期刪除。",
        "Nobody has read it, so the alarms go on and it does not end because of this.",
    ),
    "case_broken_close_title": ("確定讀不出來：辦結", "It stays unreadable: finish it"),
    "case_broken_close_text": (
        "先請系統管理人員用較早的金鑰和復原金鑰試過。辦結以後不再提醒，30 天後刪除；本人用收據代碼查，會讀到已經處理完。",
        (
            "First let your administrator try the older keys and the recovery key. Once it is done the alarms end, it is erased "
            "30 days later, and the person is told with the receipt that it is finished."
        ),
    ),
    "case_broken_close_sure": (
        "已經試過，這一件救不回來。",
        "They were tried, and it cannot be read any more.",
    ),
    "case_broken_close": ("辦結這一件", "Set it to done"),
    "case_part_handoff": ("內容", "The contents"),
    "case_part_consent": ("同意的紀錄", "The record of consent"),
    "case_part_request": ("本人後來的一則請求", "Something the person asked for later"),
    "case_part_paper": ("同事寫的一則紀錄", "Something a colleague wrote"),
    "case_consent_broken": (
        "同意的紀錄有問題：使用這份資料以前，先向本人再確認一次同意。",
        "The record of consent is not sound: ask the person for their consent again before you use anything.",
    ),
    # The way through the page
    "case_way": ("這一頁", "On this page"),
    "case_go_call": ("聯絡", "Calling"),
    "case_go_requests": ("請求", "Requests"),
    "case_go_wrote": ("寫的內容", "What was written"),
    "case_go_agreed": ("同意", "Consent"),
    "case_go_status": ("狀態", "Status"),
    "case_go_notes": ("備註", "Notes"),
    "case_go_reply": ("回復受理", "Reply block"),
    "case_until": (
        "看到 {time} 為止，之後這一頁會自己遮起來。",
        "Open until {time}; then this page covers itself.",
    ),
    "case_shut": ("看完了，遮起來", "Done reading, cover it"),
    # Before the call
    "case_call_title": ("打之前，先看這裡", "Before you call"),
    "case_rule_contact_time": ("什麼時候可以打", "When to call"),
    "case_rule_contact_way": ("還可以怎麼聯絡", "Other ways to reach them"),
    "case_rule_call_number": ("打哪一支", "Which number"),
    "case_rule_may_say": ("對接的人可以說什麼", "What may be said to whoever answers"),
    "case_rule_if_other": ("別人接的時候", "If somebody else answers"),
    "case_rule_may_text": ("簡訊、語音留言", "Text or voicemail"),
    "case_unsaid_contact_time": (
        "沒有寫。接通先問：現在方便說話嗎？",
        "Not written. Ask first whether they can talk.",
    ),
    "case_unsaid_contact_way": ("沒有寫", "Not written"),
    "case_unsaid_call_number": ("沒有指定", "Not chosen"),
    "case_unsaid_may_say": (
        "沒有寫：先不要說單位，也不要說是什麼事。",
        "Not written: name no unit and no matter.",
    ),
    "case_unsaid_if_other": (
        "沒有寫：先不要說自己是誰，說打錯了就好。",
        "Not written: do not say who you are; say it was a wrong number.",
    ),
    "case_unsaid_may_text": (
        "沒有寫：先不要傳，也不要留言。",
        "Not written: send nothing and leave no message.",
    ),
    "case_from_buttons": ("由按鈕帶入", "From the buttons"),
    "case_refused_title": ("本人說不可以的", "What the person refused"),
    "case_refused_text": ("不可以傳簡訊、不可以留言", "No text, no voicemail"),
    "case_refused_safe_person": (
        "不可以打給安全聯絡人（沒有同意）",
        "Do not call the person they trust (no consent)",
    ),
    "case_refused_address": ("地址要保密，不可以告訴別人", "The address is secret; tell nobody"),
    "case_refused_refer": (
        "不可以轉給居住地的防治中心（沒有同意）",
        "Do not pass it on to the centre of their county (no consent)",
    ),
    "case_urgency": ("希望多快", "How soon"),
    "case_urgency_today": ("今天", "Today"),
    "case_urgency_days": ("這幾天", "These days"),
    "case_urgency_no_hurry": ("不急", "No hurry"),
    "case_speak": ("想用的語言", "Language wanted"),
    "case_filled_in": ("填表時用的語言：{locale}", "filled in in: {locale}"),
    "case_locale_zh_TW": ("中文", "Chinese"),
    "case_locale_en": ("英文", "English"),
    "case_locale_vi": ("越南文", "Vietnamese"),
    "case_locale_id": ("印尼文", "Indonesian"),
    "case_locale_th": ("泰文", "Thai"),
    "case_locale_fil": ("菲律賓文", "Filipino"),
    "case_barred": ("不可以打：沒有同意", "Do not call: no consent"),
    "case_correct_first": (
        "本人後來要求更正：打之前先看下面的「請求」，電話或時間可能改了。",
        "The person asked for a correction: read “Requests” below before you call; number or time may have changed.",
    ),
    "case_withdraw_first": (
        "本人後來要求撤回：這通電話先確認要不要撤回。",
        "The person asked to take it back: this call is first of all to confirm that.",
    ),
    "case_ask_for": ("找", "Ask for"),
    "case_aloud": ("念：", "Read out: "),
    "case_how_chosen": ("本人選的號碼", "The number they chose"),
    "case_how_only": ("只留了這一支，沒有另外指定", "The only number they left; none was chosen"),
    "case_how_own": (
        "留了好幾支，沒有指定打哪一支：先看上面的時間和方法再選",
        "Several numbers and none was chosen: mind the times and ways above",
    ),
    "case_how_barred": (
        "本人選「安全聯絡人的電話」，但沒有同意打給那個人。不要打，改用其他聯絡方式。",
        "They chose the number of the person they trust, but did not agree to a call there. Do not call; use another way.",
    ),
    "case_how_none": (
        "沒有留電話。請看「還可以怎麼聯絡」和地址。",
        "No number was left. See the other ways, and the address.",
    ),
    "case_how_missing": (
        "選的那一支沒有號碼，不要改打別支。請看「還可以怎麼聯絡」。",
        "The line they chose has no number. Do not call another; see the other ways.",
    ),
    "case_talk_first": (
        "接通後先問：「現在方便說話嗎？」不方便就照上面說的結束，改時間再打。",
        "First ask: “Can you talk now?” If not, end the call as written above and try another time.",
    ),
    # Requests
    "case_requests_title": ("本人後來的請求", "What the person asked for later"),
    "case_withdraw_title": ("要求撤回", "Asks to take it back"),
    "case_correct_title": ("要求更正或補充", "Asks to correct or add"),
    "case_no_words": ("沒有另外寫字。", "Without further words."),
    "case_not_merged": (
        "上面這些話不會自動改到表裡。以本人親口說的為準，改了什麼請寫在備註。",
        "These words change nothing by themselves. What the person tells you counts; note what is different.",
    ),
    "case_withdraw_how": (
        "拿到收據代碼的人不一定是本人。先用上面的安全方法打給本人，問清楚以後，再選一個：",
        "Whoever has the receipt need not be the person. First call them in the safe way above and ask; then choose:",
    ),
    "case_erase_go": ("本人確認要撤回：去永久刪除", "Confirmed: go on to erase it"),
    "case_keep_go": ("本人沒有要撤回，或還沒確認：保留", "Not confirmed: keep it"),
    "case_keep_words": ("補充（可以空著）", "More words (may stay empty)"),
    "case_kept": ("撤回：沒有確認，保留", "Withdrawal: not confirmed, kept"),
    "case_kept_note": (
        "已照安全方式聯絡，本人沒有確認要撤回，這一件保留。",
        "Called in the safe way; the person did not confirm, so it is kept.",
    ),
    # What was written
    "case_wrote_title": ("本人寫的", "What the person wrote"),
    "case_blank": ("空著：", "Left empty: "),
    "case_other_fields": ("其他欄位", "Other fields"),
    "case_told_title": (
        "對話按鈕帶入的，不是本人打的字",
        "From the buttons of the conversation, not typed by the person",
    ),
    "case_told_text": (
        "系統照對話裡按的按鈕先填，本人送出前看過、沒有改。請當作線索，和本人確認。",
        "Filled in from the buttons; the person saw it before sending and left it. Take it as a hint and ask.",
    ),
    "case_told_none": ("沒有。", "Nothing."),
    # Consent
    "case_agreed_title": ("同意", "Consent"),
    "case_yes": ("同意", "Yes"),
    "case_no": ("沒有同意", "No"),
    "case_agreed_at": ("時間", "When"),
    "case_agreed_hour": ("{time}（整點）", "{time} (full hour)"),
    "case_agreed_version": ("說明的版本", "Version of the notices"),
    "case_agreed_hash": ("文字的 SHA-256", "SHA-256 of the text"),
    "case_agreed_locale": ("當時的語言", "Language shown"),
    "case_agreed_shown": ("當時看到的文字（一字不差）", "The text as it was shown, word for word"),
    "case_agreed_uses": ("問了這幾件", "What was asked"),
    # Duplicates
    "case_alike_title": ("可能是同一個人", "May be the same person"),
    "case_alike_text": (
        "電話相同，或姓名和生日相同。可能只是巧合，不會自動合併；要看內容，請各自打開。",
        "The same number, or the same name and birth. It may be chance, and nothing is merged; open each by itself to read it.",
    ),
    "case_alike_partial": ("只比對了最近的 500 件。", "Only the newest 500 were compared."),
    "case_alike_none": ("沒有找到。", "None found."),
    "case_ago": ("{age}前送出", "sent {age} ago"),
    # Status
    "case_status_title": ("處理到哪裡", "How far it is"),
    "case_status_now": ("現在：", "Now: "),
    "case_status_said": ("本人用收據代碼查，會讀到：", "With the receipt, the person reads:"),
    "case_status_called_more": (
        "第一次按，會記下第一次聯絡的時間。",
        "The first time notes the hour of the first call.",
    ),
    "case_status_done_more": ("辦結 30 天後，這一件會自動刪除。", "30 days after it is done it is erased."),
    "case_status_set": ("存下狀態", "Save the status"),
    "case_changed_title": ("同事剛剛改過狀態", "A colleague has just changed the status"),
    "case_changed_text": ("您的選擇沒有存。現在的狀態是：", "Your choice was not saved. It is now: "),
    "case_changed_asked_title": ("本人又送來請求", "The person has asked for something"),
    "case_changed_asked_text": (
        "這個頁面打開之後，本人送來了新的請求，裡面可能有要更正的聯絡方式。請先看請求，再聯絡、再改狀態。",
        "Since this page was opened the person has sent a request; it may correct how to reach them. Read it before you call or change the status.",
    ),
    "case_changed_wanted": ("您剛才選的是：", "You chose: "),
    "case_changed_back": ("回去再看一次", "Look again"),
    # Notes
    "case_notes_title": ("備註（給同事）", "Notes for colleagues"),
    "case_notes_text": (
        "和轉介一樣加密，跟著轉介一起刪除。存了不能改，只能再加一則；本人看不到。",
        "Sealed like the handoff and erased with it. It cannot be changed, only added to. The person does not see it.",
    ),
    "case_notes_none": ("還沒有備註。", "No notes yet."),
    "case_note_new": ("加一則備註", "Add a note"),
    "case_note_most": ("最多 {most} 字。", "At most {most} characters."),
    "case_note_until": (
        "請在 {time} 前存下：之後這一頁會遮起來，還沒存的字會不見。",
        "Save before {time}: then this page is covered, and words that are not saved are gone.",
    ),
    "case_note_add": ("存下備註", "Save the note"),
    # The reply block
    "case_reply_title": ("回復受理結果", "Reply block of the form"),
    "case_reply_text": (
        "轉介表最後一欄。填了會印在 PDF，也會在 XLSX、CSV 裡；以最後存的一次為準。",
        "The last block of the official form. It is printed on the PDF and stands in XLSX and CSV; the newest counts.",
    ),
    "case_reply_by": ("最後由 {name} 填寫（{time}）", "Last filled in by {name} ({time})"),
    "case_reply_none": ("還沒有填。", "Not filled in yet."),
    "case_reply_save": ("存下受理結果", "Save the reply"),
    # Given back
    "case_again_title": ("還沒有存", "Not saved yet"),
    "case_again_empty": ("裡面沒有字。", "There are no words in it."),
    "case_again_too_long": (
        "超過 {most} 字，放不下。您寫的都在下面，分成兩則就可以。",
        "More than {most} characters do not fit. Your words are below; make two notes of them.",
    ),
    "case_again_changed": (
        "同事剛剛也填了受理結果。您打的在下面：再按一次，就以您的為準。",
        "A colleague has just filled it in, too. What you typed is below: save again, and yours counts.",
    ),
    "case_again_unfit": ("標出來的欄位放不下，請寫短一點。", "What is marked does not fit; make it shorter."),
    "case_again_covered": (
        "這一件已經遮起來，所以還沒有存。先選理由再打開一次（會開在新分頁），回到這一頁再存。您剛才填的都在下面。",
        (
            "It has been covered again, so nothing was saved yet. Choose a reason and open it once more (in a new tab), then come "
            "back to this page and save. What you filled in is below."
        ),
    ),
    "case_again_audit": (
        "稽核紀錄現在寫不進去，所以沒有存。您寫的都在下面，等一下再按一次；一直這樣，請找系統管理人員。",
        "The audit log cannot be written, so nothing was saved. Your words are below; try again soon, or tell your administrator.",
    ),
    "case_again_closed": (
        "收件金鑰不到兩把，現在不能加密，所以沒有存。您寫的都在下面，請找系統管理人員。",
        "There are fewer than two recipients, so nothing can be sealed or saved. Your words are below; tell your administrator.",
    ),
    "case_again_store": (
        "資料庫沒有回應，所以沒有存。您寫的都在下面，等一下再按一次。",
        "The database did not answer, so nothing was saved. Your words are below; try again soon.",
    ),
    "case_too_long": ("太長", "too long"),
    # Erasing
    "case_erase_title": ("永久刪除這一件", "Erase this handoff for good"),
    "case_erase_text": (
        "內容、同意紀錄、請求、備註會一起刪除，備份還原也不會回來。只有編號會留在刪除紀錄裡。",
        "Contents, consent, requests and notes are erased together; no backup brings them back. Only the id stays in the ledger.",
    ),
    "case_erase_check": (
        "我已經照安全聯絡的方法找到本人，確認過是本人，本人說要撤回、刪除。",
        "I reached the person in the safe way, made sure it is them, and they said that they want it erased.",
    ),
    "case_erase_type": ("打一次編號（{short}）", "Type its id ({short})"),
    "case_erase_do": ("永久刪除", "Erase for good"),
    "case_erase_not": ("先不刪除", "Do not erase"),
    "case_erase_unconfirmed": (
        "還沒有勾「我已經找到本人」。沒有刪除。",
        "You have not ticked that you reached the person. Nothing was erased.",
    ),
    "case_erase_mistyped": (
        "編號不一樣，請再看一次。沒有刪除。",
        "That is another id; look again. Nothing was erased.",
    ),
    "case_gone_title": ("這一件轉介不在這裡了", "This handoff is not here"),
    "case_gone_text": (
        "可能時間到，已經照規定刪除；可能本人撤回了；也可能網址打錯。不是您的問題。",
        "It may have been erased when its time came, its person may have taken it back, or the address is mistyped. It is nothing you did.",
    ),
    "case_erased_title": ("已經永久刪除", "Erased for good"),
    "case_erased_text": (
        "內容、同意紀錄、請求和備註都刪掉了。謝謝您先和本人確認。",
        "Contents, consent, requests and notes are gone. Thank you for asking the person first.",
    ),
}
