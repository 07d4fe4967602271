"""Words of every page, and of the page about the service."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, tuple[str, str]] = {
    "office": ("後台", "Back office"),
    "skip": ("跳到主要內容", "Skip to the main content"),
    "language": ("語言", "Language"),
    "demo_label": ("DEMO 展示", "DEMO"),
    "demo_text": (
        "這是展示環境：金鑰和密碼沒有保護，請不要放入任何真實資料。",
        "This is the demo environment: its keys and passwords are not protected. Put no real data here.",
    ),
    # Signing in and out
    "sign_in": ("登入", "Sign in"),
    "sign_in_title": ("工作人員登入", "Staff sign-in"),
    "name": ("帳號", "Account name"),
    "password": ("密碼", "Password"),
    "sign_in_help": (
        "忘記密碼或無法登入時，請找貴單位的系統管理人員。",
        "If you forgot your password or cannot sign in, ask your system administrator.",
    ),
    "sign_out": ("登出", "Sign out"),
    "signed_in_as": ("登入帳號：", "Signed in as "),
    "session_rule": (
        "15 分鐘沒有動作，或登入滿 8 小時，會自動登出。",
        "You are signed out after 15 minutes without activity, and after 8 hours in any case.",
    ),
    # The menu
    "menu": ("選單", "Menu"),
    "menu_queue": ("轉介", "Handoffs"),
    "menu_exports": ("匯出", "Exports"),
    "menu_figures": ("統計", "Figures"),
    "menu_keeping": ("保存期限", "Retention"),
    "menu_vault": ("解鎖", "Unlock"),
    "menu_keys": ("金鑰", "Keys"),
    "menu_accounts": ("帳號", "Accounts"),
    "menu_audit": ("稽核紀錄", "Audit log"),
    "menu_service": ("服務狀態", "Service"),
    "menu_me": ("我的帳號", "My account"),
    # What this is not
    "limits_title": ("這裡看不到任何對話", "No conversation can be read here"),
    "limits_handoffs": (
        "轉介要有權限、選了理由、用自己的密語解鎖，才打得開；每一次都會留下紀錄。",
        "A handoff opens only for somebody with the right, a reason and their own unlocked vault; each time is noted.",
    ),
    "limits_reading": (
        "這裡看不到任何人的對話。看得到的，只有本人同意轉介、自己送出的資料。",
        "Nobody's conversation can be read here: only what a person agreed to hand over, and sent.",
    ),
    # State of service
    "state_title": ("服務狀態", "State of the service"),
    "looked_at": ("資料時間", "As of"),
    "taiwan_time": ("（臺灣時間）", "(Taiwan time)"),
    "print": ("列印", "Print"),
    "version": ("版本", "Version"),
    "conversations": ("進行中的對話", "Conversations in progress"),
    "letters": ("等待送出的回覆", "Replies waiting to be sent"),
    "flow_issues_wait": ("檢查中", "being checked"),
    "flow_issues": ("對話流程的問題", "Issues found in the flows"),
    "overdue_contacts": ("逾期未複查的聯絡資料", "Contacts past their recheck date"),
    "fewer": ("少於 {count}", "fewer than {count}"),
    "fewer_why": (
        "少於 {count} 的人數不顯示確切數字，以免認出某個人。",
        "Numbers of people below {count} are not shown exactly, so that nobody can be recognised.",
    ),
    # Tables
    "recipients_title": ("轉介的收件人", "Recipients of handoffs"),
    "recipients_text": (
        "轉介只會加密給這些金鑰。請和您手上的指紋比對；不一樣就通知系統管理人員。",
        (
            "Handoffs are encrypted to these keys only. Compare the fingerprints with the ones you hold; "
            "if one differs, tell your system administrator."
        ),
    ),
    "recipients_none": ("目前沒有收件人。", "There are no recipients."),
    "recipient": ("收件人", "Recipient"),
    "fingerprint": ("指紋", "Fingerprint"),
    "kind": ("類別", "Kind"),
    "kind_demo": ("展示用，不安全", "Demo, not safe"),
    "kind_real": ("正式", "Real"),
    "contacts_title": ("給求助者的聯絡資料", "Contacts given to people"),
    "contacts_text": (
        "逾期的資料不會給求助者看，會改用備用的聯絡方式，直到有人複查。",
        "A contact past its date is not shown to anyone; its fallback is, until somebody rechecks it.",
    ),
    "contacts_none": ("目前沒有聯絡資料。", "There are no contacts."),
    "contact_id": ("編號", "Id"),
    "contact_name": ("名稱", "Name"),
    "number": ("號碼或網址", "Number or address"),
    "source": ("來源", "Source"),
    "dated": ("資料日期", "Dated"),
    "status": ("查證狀態", "Status"),
    "status_OFF": ("官方", "Official"),
    "status_ORG": ("機構網頁", "Its own page"),
    "status_PRESS": ("新聞", "Press"),
    "status_3RD": ("第三方", "Third party"),
    "status_SEED": ("原始文件", "Seed document"),
    "status_MEM": ("未查證", "Unverified"),
    "status_EMERGENCY": ("緊急電話", "Emergency number"),
    "phone_checked": ("撥打確認", "Dialled on"),
    "phone_unchecked": ("尚未撥打", "Not yet"),
    "recheck_by": ("複查期限", "Recheck by"),
    "overdue": ("已逾期", "Overdue"),
    "no_date": ("未定", "Not set"),
    "languages_title": ("對話的語言", "Languages of the conversation"),
    "languages_none": ("目前沒有語言資料。", "There are no languages."),
    "tongue": ("語言", "Language"),
    "tag": ("代碼", "Code"),
    "translated": ("已翻譯", "Translated"),
    # Errors
    "home": ("回到後台首頁", "Go to the first page"),
    "incident": ("事件編號", "Incident"),
    "not_found_title": ("找不到這個頁面", "Page not found"),
    "not_found_text": (
        "網址可能打錯了，或這個頁面不存在。",
        "The address may be mistyped, or there is no such page.",
    ),
    "forbidden_title": ("沒有執行", "Not done"),
    "forbidden_text": (
        "這個表單不是從這裡送出的，或已經過期。資料沒有變更。請回到首頁再試一次。",
        (
            "This form was not sent from here, or it is too old. Nothing was changed. "
            "Go to the first page and try again."
        ),
    ),
    "too_large_title": ("送出的資料太大", "Too much was sent"),
    "too_large_text": ("資料沒有變更。", "Nothing was changed."),
    "no_right_title": ("這一頁不是您的權限", "This page is not among your rights"),
    "no_right_text": (
        "如果工作上需要，請找管理帳號的同事。您的資料和工作都沒有變動。",
        "If your work needs it, ask the colleague who manages accounts. Nothing was changed.",
    ),
    "audit_down_title": ("現在不能開啟，也不能匯出", "Nothing can be opened or exported now"),
    "audit_down_text": (
        "稽核紀錄寫不進去，所以這個動作沒有做。請通知系統管理人員；急著聯絡求助者時，請照貴單位的備援流程。停用帳號、結束登入、減少權限和取消邀請，現在仍然可以做。",
        (
            "The audit log cannot be written, so this was not done. Tell your system administrator; if somebody must be "
            "called now, follow your unit's fallback. Disabling an account, ending sessions, taking away rights and "
            "invitations still work."
        ),
    ),
    "failed_title": ("系統出錯了", "Something went wrong"),
    "failed_text": (
        "請稍後再試。如果一直這樣，請通知系統管理人員。對外的求助服務是另一個程式，不一定受影響。",
        (
            "Please try again later. If it keeps happening, tell your system administrator. "
            "The service for the public is another program and may not be affected."
        ),
    ),
}
