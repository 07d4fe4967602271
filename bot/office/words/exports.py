"""Words of exports."""

from __future__ import annotations

from collections.abc import Mapping

#: Key: Chinese, English. Keys of this topic begin with its name.
WORDS: Mapping[str, tuple[str, str]] = {
    "exports_title": ("匯出", "Exports"),
    "exports_intro": (
        "選好轉介、格式和理由，再產生檔案。檔案只在記憶體裡等您下載，5 分鐘後就丟掉；每一次都會留下紀錄。",
        (
            "Choose handoffs, a format and a reason, then make the file. It waits for you in memory only and is dropped "
            "after 5 minutes; each export is noted."
        ),
    ),
    "exports_busy_day": (
        "過去 24 小時內，有 {count} 個帳號看過超過 {most} 件轉介。如果您不知道原因，請告訴主管或稽核人員。",
        (
            "Within the last 24 hours, accounts that saw more than {most} handoffs: {count}. If you do not know why, tell "
            "your supervisor or the auditor."
        ),
    ),
    "exports_locked": (
        "要先解鎖，才能匯出。現在有 {count} 件轉介。",
        "Unlock first, then export. There are {count} handoffs now.",
    ),
    "exports_unlock": ("去解鎖", "Unlock"),
    "exports_none": ("目前沒有轉介。", "There are no handoffs."),
    # What came of it
    "exports_fault_choose": (
        "沒有匯出：請至少勾選一件轉介，並選好格式和理由。",
        "Nothing was exported: tick at least one handoff, and choose a format and a reason.",
    ),
    "exports_fault_full": (
        "沒有匯出：現在有其他同事正在匯出，請過幾分鐘再試。",
        "Nothing was exported: colleagues are exporting at the moment. Try again in a few minutes.",
    ),
    "exports_fault_many": (
        "沒有匯出：一次最多 {most} 件，請分批匯出。",
        "Nothing was exported: {most} at most go into one file. Export in parts.",
    ),
    "exports_fault_gone": (
        "沒有匯出：您選的轉介已經不在了，可能已到期刪除。",
        "Nothing was exported: the handoffs you chose are not there any more; they may have been erased when due.",
    ),
    "exports_fault_not_ready": (
        "沒有匯出：這份申請還沒有人核准、核准的人現在不能核准了，或已經過期、已經用過。",
        (
            "Nothing was exported: nobody has approved this request yet, whoever did may not approve any more, or it is too "
            "old or used already."
        ),
    ),
    # An export under way
    "exports_under_way": (
        "您有一份匯出在處理中，或等您下載。",
        "An export of yours is being made or waits for you.",
    ),
    "exports_to_progress": ("去看這份匯出", "Go to that export"),
    # Requests of one's own
    "exports_mine": ("您申請的大量匯出", "Large exports that you asked for"),
    "exports_mine_waiting": ("等另一位同事核准", "Waiting for a colleague to approve"),
    "exports_mine_approved": ("{name} 已核准", "Approved by {name}"),
    "exports_fetch": ("產生檔案", "Make the file"),
    "exports_to_approve": ("有 {count} 份申請等您核准", "Requests waiting for your approval: {count}"),
    "exports_to_approvals": ("大量匯出的核准", "Approving large exports"),
    # Choosing
    "exports_step_choose": ("1. 選轉介", "1. Choose handoffs"),
    "exports_step_format": ("2. 選格式", "2. Choose a format"),
    "exports_step_reason": ("3. 選理由", "3. Choose a reason"),
    "exports_tabs": ("依處理狀態", "By status"),
    "exports_tab_all": ("全部", "All"),
    "exports_tab_picked": ("已選的", "Chosen"),
    "exports_pick_all": ("勾選這一頁全部", "Tick all on this page"),
    "exports_pick_none": ("全部不勾", "Tick none"),
    "exports_shown": ("這裡有 {count} 件，清單可以上下捲動。", "{count} here; the list scrolls."),
    "exports_pick": ("勾選", "Tick"),
    "exports_id": ("編號", "Id"),
    "exports_age": ("等了多久", "Age"),
    "exports_sent": ("送出時間", "Sent"),
    "exports_status": ("處理狀態", "Status"),
    "exports_hours": ("{count} 小時", "{count} h"),
    "exports_days": ("{count} 天", "{count} d"),
    "exports_status_new": ("新的", "New"),
    "exports_status_in_progress": ("處理中", "In progress"),
    "exports_status_called": ("已聯絡", "Called"),
    "exports_status_done": ("已辦結", "Done"),
    "exports_format": ("格式", "Format"),
    "exports_format_pdf": ("PDF 轉介表", "PDF form"),
    "exports_hint_pdf": ("正式表單，可列印、傳真、歸檔", "the official form, to print, fax or file"),
    "exports_format_xlsx": ("Excel 試算表", "Excel workbook"),
    "exports_hint_xlsx": ("一件一列，在 Excel 或 LibreOffice 使用", "one row each, for Excel or LibreOffice"),
    "exports_format_csv": ("CSV", "CSV"),
    "exports_hint_csv": ("匯入其他系統用的表格", "a table for other systems"),
    "exports_format_json": ("JSON", "JSON"),
    "exports_hint_json": ("給程式讀的完整紀錄", "whole records, for programs"),
    "exports_reason": ("理由", "Reason"),
    "exports_not_caring": (
        "選「督導或個案討論」「依法通報或回復」或「其他」，不算有人在處理：還沒有人打開的，提醒會繼續。",
        "Supervision, a legal duty or another reason is not taking care of it: what nobody has opened goes on ringing.",
    ),
    "exports_reason_choose": ("請選一個", "Choose one"),
    "exports_reason_first_call": ("第一次聯絡", "First call"),
    "exports_reason_follow_up": ("後續服務", "Follow-up"),
    "exports_reason_request": ("處理撤回或更正的請求", "A request to withdraw or correct"),
    "exports_reason_handover": ("轉給其他單位或交接", "Handing over to another unit or colleague"),
    "exports_reason_supervision": ("督導或個案討論", "Supervision or case conference"),
    "exports_reason_duty": ("依法通報或回復", "A legal duty to report or answer"),
    "exports_reason_other": ("其他（另以書面說明）", "Other (explained on paper)"),
    "exports_rule": (
        "24 小時內，一個人最多匯出 {most} 件；再多要請另一位同事核准。檔案的每一頁或每一列都會寫上您的帳號、時間和匯出編號。",
        (
            "Within 24 hours one person exports {most} at most; for more, a colleague must approve. Your account, the time and "
            "the export's number stand on each page or row of the file."
        ),
    ),
    "exports_make": ("產生檔案", "Make the file"),
    # Two persons
    "exports_two_title": ("需要另一位同事核准", "A colleague must approve"),
    "exports_two_intro": (
        "您選了 {count} 件。24 小時內，一個人最多匯出 {most} 件，之前匯出的也算。現在還沒有匯出任何資料。",
        (
            "You chose {count}. Within 24 hours one person exports {most} at most, earlier exports included. Nothing was "
            "exported yet."
        ),
    ),
    "exports_two_how": (
        "送出申請後，請另一位有匯出權限的同事到「匯出 → 大量匯出的核准」核准。申請 1 小時內有效，核准後由您產生檔案，只能一次。",
        (
            "Once you have asked, a colleague with the right to export approves it at “Exports → Approving large exports”. "
            "The request is good for 1 hour; after the approval you make the file, once."
        ),
    ),
    "exports_ask": ("送出申請", "Ask for approval"),
    "exports_back": ("回到匯出", "Back to exports"),
    "exports_approvals_title": ("大量匯出的核准", "Approving large exports"),
    "exports_approvals_intro": (
        "核准之前，請先和申請的同事確認為什麼需要這麼多件。核准的人看不到內容；不能核准自己的申請。",
        (
            "Before you approve, ask your colleague why so many are needed. Who approves does not see the contents, and "
            "nobody approves a request of their own."
        ),
    ),
    "exports_approvals_none": ("目前沒有等待核准的申請。", "No request is waiting for approval."),
    "exports_asked_by": ("申請人", "Asked for by"),
    "exports_asked_at": ("申請時間", "Asked at"),
    "exports_until": ("有效到", "Good until"),
    "exports_count": ("件數", "Handoffs"),
    "exports_ages": ("轉介送出的期間", "Sent between"),
    "exports_approval": ("核准", "Approval"),
    "exports_approve": ("核准這份匯出", "Approve this export"),
    "exports_approved": ("{name} 已核准，等申請人下載", "Approved by {name}; waiting to be fetched"),
    "exports_own": ("您自己的申請，要請別人核准", "Your own request: somebody else must approve it"),
    "exports_not_approved": (
        "沒有核准：這份申請已經過期、已經有人核准，或不能由您核准。",
        "Not approved: the request is too old, approved already, or not yours to approve.",
    ),
    "exports_not_now": ("您現在不能核准", "You cannot approve now"),
    "exports_bar_young": (
        "您的帳號或登入方式是 24 小時內新設或重設的，{until} 起才能核准。急的話，請找別的同事。",
        (
            "Your account, or a way in of it, was made or reset within the last 24 hours: you may approve from {until}. If it "
            "is urgent, ask another colleague."
        ),
    ),
    "exports_bar_locked": (
        "要先解鎖，才能核准。只有能打開轉介的同事，才能同意把資料帶出去。",
        "Unlock first, then approve. Only colleagues who can open handoffs agree to taking them out.",
    ),
    # Progress
    "exports_progress_title": ("這份匯出", "This export"),
    "exports_working": ("正在產生：{done}／{total}", "Being made: {done} of {total}"),
    "exports_working_text": (
        "這一頁每 2 秒自動更新。您可以先做別的事，再從「匯出」回到這裡。",
        "This page updates itself every 2 seconds. You may do other things and come back here from “Exports”.",
    ),
    "exports_still": ("停止自動更新", "Stop updating"),
    "exports_refresh": ("更新", "Update"),
    "exports_cancel": ("取消匯出", "Cancel the export"),
    "exports_ready": ("檔案好了。", "The file is ready."),
    "exports_ready_text": (
        "請在 {until} 前下載，只能下載一次。上鎖、登出或時間到，檔案就會丟掉。",
        "Download it before {until}; it can be downloaded once. It is dropped when you lock, sign out, or time is up.",
    ),
    "exports_download": ("下載檔案", "Download the file"),
    "exports_discard": ("不要了，丟掉檔案", "Drop the file"),
    "exports_written": ("寫入檔案", "In the file"),
    "exports_failed_count": ("讀不出來的部分", "Could not be read"),
    "exports_missing": ("已經不在", "Not there any more"),
    "exports_taken": ("檔案傳送中。", "The file is being sent."),
    "exports_fetched": ("檔案已經下載。", "The file was downloaded."),
    "exports_fetched_text": (
        "請把檔案放在加密的磁碟裡，用完就刪除。要再下載，請重新匯出。",
        "Keep the file on an encrypted disk and delete it when you are done. To have it again, export again.",
    ),
    "exports_dropped": (
        "檔案已經丟掉：可能是時間到了、上鎖了、登出了，或取消了。需要的話，請重新匯出。",
        (
            "The file was dropped: its time was up, the vault was locked, somebody signed out, or it was cancelled. "
            "Export again if you need it."
        ),
    ),
    "exports_too_large": (
        "檔案太大，沒有產生。請分批匯出。",
        "The file would be too large and was not made. Export in parts.",
    ),
    "exports_failed": (
        "系統出錯，檔案沒有產生。請告訴系統管理人員這個事件編號：{incident}",
        "Something went wrong and the file was not made. Tell your system administrator this incident: {incident}",
    ),
    "exports_nothing": ("現在沒有匯出在處理。", "No export is being made."),
    "exports_elsewhere": (
        "您的帳號在另一次登入裡有一份匯出。只有那一次登入可以下載；不需要的話，可以在這裡取消。",
        "Your account has an export in another sign-in. Only that one can download it; if it is not needed, cancel it here.",
    ),
    "exports_failures": ("沒有寫入，或缺了一部分", "Left out, or incomplete"),
    "exports_part": ("哪一部分", "Part"),
    "exports_part_handoff": ("整件轉介", "The whole handoff"),
    "exports_part_consent": ("同意書", "Its consent"),
    "exports_part_request": ("本人後來的請求", "A later request"),
    "exports_part_paper": ("回復受理結果", "The acknowledgement"),
    "exports_why": ("原因和怎麼辦", "Why, and what to do"),
    "exports_why_forged": (
        "簽章不符，不採用。請馬上告訴資安負責人。",
        "Its signature does not fit, so it is not used. Tell whoever answers for security, at once.",
    ),
    "exports_why_unreadable": (
        "無法解密，或資料被改過。請告訴管理金鑰的同事。",
        "No key opens it, or it was altered. Tell the colleague who manages the keys.",
    ),
    "exports_why_odd_form": (
        "不是這份表單的格式。請告訴系統管理人員。",
        "It is not this form. Tell your system administrator.",
    ),
    "exports_why_not_printed": (
        "讀得到，但排不成 PDF。請改用 Excel 格式匯出這一件。",
        "It reads well but could not be set as a PDF. Export this one as a workbook.",
    ),
}
