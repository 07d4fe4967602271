"""
What the back office says, in the languages of its staff, side by side.

Staff words only: nothing here is ever said to a person who came for help.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

Tongue = Literal["zh_TW", "en"]
TONGUES: tuple[Tongue, ...] = get_args(Tongue)
SOURCE_TONGUE: Tongue = "zh_TW"
#: How HTML names our languages.
HTML_TAGS: Mapping[Tongue, str] = {"zh_TW": "zh-Hant-TW", "en": "en"}
TONGUE_NAMES: Mapping[Tongue, str] = {"zh_TW": "中文", "en": "English"}

_WORDS: Mapping[str, tuple[str, str]] = {
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
    "refused": (
        "無法登入。帳號或密碼不正確，或是嘗試太多次。請檢查後再試；連續五次不正確，要等 15 分鐘。",
        (
            "Could not sign in. The name or password is wrong, or there were too many tries. "
            "Check and try again; after five wrong tries, wait 15 minutes."
        ),
    ),
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
    # What this is not
    "limits_title": ("這裡看不到任何對話", "No conversation can be read here"),
    "limits_handoffs": (
        "轉介要用收件單位的金鑰、以指令開啟；這裡看不到內容。",
        "Handoffs are opened by command, with a key of the desk; none can be read here.",
    ),
    "limits_reading": (
        "沒有人能在這裡讀到求助者的對話、身分或聯絡方式。",
        "Nobody can read a person's conversation, name or contact details here.",
    ),
    # State of service
    "state_title": ("服務狀態", "State of the service"),
    "looked_at": ("資料時間", "As of"),
    "taiwan_time": ("（臺灣時間）", "(Taiwan time)"),
    "print": ("列印", "Print"),
    "version": ("版本", "Version"),
    "conversations": ("進行中的對話", "Conversations in progress"),
    "letters": ("等待送出的回覆", "Replies waiting to be sent"),
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
        "轉介只會加密給這些金鑰。請和你手上的指紋比對；不一樣就通知系統管理人員。",
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
    "failed_title": ("系統出錯了", "Something went wrong"),
    "failed_text": (
        "請稍後再試。如果一直這樣，請通知系統管理人員。對外的求助服務是另一個程式，不一定受影響。",
        (
            "Please try again later. If it keeps happening, tell your system administrator. "
            "The service for the public is another program and may not be affected."
        ),
    ),
}

BY_TONGUE: Mapping[Tongue, Mapping[str, str]] = {
    tongue: {key: both[place] for key, both in _WORDS.items()} for place, tongue in enumerate(TONGUES)
}


def find_tongue(tag: str) -> Tongue | None:
    """Map a language tag in any form to a language of the staff; None if it is neither."""
    primary = tag.strip().replace("_", "-").partition("-")[0].lower()
    return {"zh": SOURCE_TONGUE, "en": "en"}.get(primary)


def choose_tongue(asked: str, kept: str, accepted: str) -> Tongue:
    """
    Choose the language: asked for now, kept from before, then the browser's.

    `accepted` is an Accept-Language header. Source: RFC 9110 §12.5.4; browsers list the liked first,
    so that weights need not be read.
    """
    tags = [asked, kept, *(part.partition(";")[0] for part in accepted[:500].split(","))]
    return next((tongue for tag in tags if (tongue := find_tongue(tag))), SOURCE_TONGUE)
