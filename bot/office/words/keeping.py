"""Words about what is erased when."""

from __future__ import annotations

from collections.abc import Mapping

#: Key: Chinese, English. Keys of this topic begin with its name.
WORDS: Mapping[str, tuple[str, str]] = {
    "keeping_title": ("保存期限", "Retention"),
    "keeping_intro": (
        "時間到了，系統每小時自動刪除，刪掉就找不回來。還需要的資料，請先照貴單位的規定留存。",
        "What is due is erased every hour, for good. Keep what you still need the way your unit has agreed, before that.",
    ),
    "keeping_rule": (
        "辦結後 30 天刪除；打開過的，送出滿 90 天一律刪除（太晚才打開的，再留 7 天）。沒有人打開過的不會刪除；本人後來要求撤回或更正、還沒有人看的，也不會刪除，看過之後至少再留 7 天。",
        (
            "Erased 30 days after it is done; what somebody opened, 90 days after sending in any case (7 days more if "
            "it was opened late). What nobody opened is never erased, nor one with a request to withdraw or correct that "
            "nobody has read; from then on it stays 7 days at least."
        ),
    ),
    "keeping_doubt": (
        "現在不會自動刪除：系統時間可能不對，距離上次檢查已經超過 4 天。",
        "Nothing is erased now: the clock may be wrong, for nobody has looked for more than 4 days.",
    ),
    "keeping_doubt_do": (
        "請系統管理人員核對時間；時間正確的話，在主機執行 frontdoor handoffs erase-due --even-so。",
        "Ask your system administrator to check the clock; if it is right, they run frontdoor handoffs erase-due --even-so.",
    ),
    "keeping_handoffs": ("轉介", "Handoffs"),
    "keeping_span_unseen": ("還有沒人看過的，先不刪除", "Not seen by anybody"),
    "keeping_span_week": ("7 天內刪除", "Erased within 7 days"),
    "keeping_span_month": ("8 到 30 天內刪除", "Erased in 8 to 30 days"),
    "keeping_span_later": ("之後才刪除", "Erased later"),
    "keeping_locked": (
        "您的金鑰還鎖著，這裡只有件數。解鎖後會列出每一件。",
        "Your key is locked, so there are counts only. Unlock it to see each one.",
    ),
    "keeping_unlock": ("去解鎖", "Unlock"),
    "keeping_sums_only": (
        "您的帳號只能看件數；每一件由能打開轉介的同事處理。",
        "Your account sees counts only; colleagues who can open handoffs see each one.",
    ),
    "keeping_none": ("目前沒有轉介。", "There is no handoff."),
    "keeping_id": ("編號", "Id"),
    "keeping_status": ("狀態", "Status"),
    "keeping_sent": ("送出", "Sent"),
    "keeping_erased_on": ("刪除時間", "Erased on"),
    "keeping_why": ("依據", "Rule"),
    "keeping_why_done": ("辦結後 30 天", "30 days after it was done"),
    "keeping_why_old": ("送出滿 90 天", "90 days after sending"),
    "keeping_why_unseen": ("還沒有人打開，先不刪除", "Nobody opened it yet, so it stays"),
    "keeping_why_asked": (
        "本人的要求還沒有人看，先不刪除",
        "Nobody has read what its person asked for, so it stays",
    ),
    "keeping_alerts": ("已提醒 {count} 次", "{count} alarms given"),
    "keeping_days": ("還有 {count} 天", "in {count} days"),
    "keeping_soon": ("快到了", "soon"),
    "keeping_open_it": ("請打開來看", "please open it"),
    "keeping_status_new": ("新的", "New"),
    "keeping_status_in_progress": ("處理中", "In progress"),
    "keeping_status_called": ("已聯絡", "Called"),
    "keeping_status_done": ("已辦結", "Done"),
    "keeping_rest": ("其他資料保存多久", "How long everything else is kept"),
    "keeping_what": ("資料", "What"),
    "keeping_how_long": ("保存多久", "How long"),
    "keeping_kind_session": ("求助者的對話（加密）", "A person's conversation (locked)"),
    "keeping_time_session": ("最後一則訊息後 24 小時", "24 hours after the last message"),
    "keeping_kind_page": ("填寫資料的單次連結", "The one-time link to the form"),
    "keeping_time_page": ("15 分鐘，用一次", "15 minutes, one use"),
    "keeping_kind_reply": ("等待送出的回覆（加密）", "Replies on their way (locked)"),
    "keeping_time_reply": ("送出就刪除，最久 24 小時", "Until sent, 24 hours at most"),
    "keeping_kind_event": (
        "訊息的編號（雜湊，防止重複處理）",
        "Hashes of message ids (so that none is handled twice)",
    ),
    "keeping_time_event": ("7 天", "7 days"),
    "keeping_kind_export": ("匯出的檔案", "Exported files"),
    "keeping_time_export": (
        "這裡不留。下載到您電腦的檔案，用完請自己刪除。",
        "None is kept here. Delete the ones on your computer as soon as you can.",
    ),
    "keeping_kind_audit": ("稽核紀錄（沒有求助者的個資）", "The audit log (nothing of those who wrote)"),
    "keeping_time_audit": (
        "5 年；到期由主機管理人員移除",
        "5 years; then somebody at the host takes them out",
    ),
    "keeping_kind_backup": (
        "備份（加密，不含對話的金鑰）",
        "Backups (encrypted, without the keys of conversations)",
    ),
    "keeping_time_backup": (
        "由貴單位保管，最多 7 天就要刪除",
        "With your unit, which must delete them after 7 days at most",
    ),
    "keeping_kind_paper": ("備註、回復受理、是誰在處理", "Notes, the reply block, who has it"),
    "keeping_time_paper": ("和那一件轉介一起刪除", "Erased with their handoff"),
    "keeping_kind_ledger": (
        "刪掉的轉介編號（還原備份後再刪一次用）",
        "Ids of erased handoffs (to erase them again after a restore)",
    ),
    "keeping_time_ledger": ("一直保留，只有編號", "Kept; they are ids only"),
    "keeping_kind_chat": (
        "Telegram 訊息的編號（收回訊息用）",
        "Ids of Telegram messages (to take them back)",
    ),
    "keeping_time_chat": ("48 小時", "48 hours"),
    "keeping_kind_account": ("同事的帳號", "Accounts of colleagues"),
    "keeping_time_account": (
        "停用後保留姓名，稽核紀錄才看得懂是誰",
        "The name stays after disabling, so that the audit log can be understood",
    ),
    "keeping_kind_signing": ("登入、邀請連結", "Sign-ins, invitation links"),
    "keeping_time_signing": (
        "登入最久 8 小時；邀請 48 小時",
        "Sign-ins 8 hours at most; invitations 48 hours",
    ),
    "keeping_kind_request": ("等第二人同意的匯出", "Exports that wait for a second person"),
    "keeping_time_request": ("1 小時", "1 hour"),
    "keeping_kind_count": ("統計數字（不含任何人的資料）", "Counts (of nobody in particular)"),
    "keeping_time_count": ("一直保留", "Kept"),
}
