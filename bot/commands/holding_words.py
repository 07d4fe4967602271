"""
What this service holds and what each theft would give away, in Chinese and English: published, printed, and handed to whoever demands it.

Every table of the schema belongs to one row; a test holds both lists together. Source: SECURITY §2, §6.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Both:
    """The same in Chinese and in English."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Held:
    """One kind of data: what it is, how readable it is to us, how long it is kept, what ends it. `tables`: where it lies."""

    what: Both
    shape: Both
    keep: Both
    ends: Both
    tables: tuple[str, ...] = ()


HELD: Final = (
    Held(
        Both(
            "對話進行到哪裡、選了什麼、從打的字聽到的事（例如年齡，不含字句）、在對話裡填到一半的表單",
            "Where a conversation is, what was chosen, facts heard in what was typed (such as an age, never the words), "
            "a form half filled in in the chat",
        ),
        Both("加密，每個人一把鑰匙", "encrypted, a key for each person"),
        Both("最後一則訊息後 24 小時", "24 hours after the last message"),
        Both("銷毀鑰匙、刪除資料列", "key destroyed, row deleted"),
        ("person_session",),
    ),
    Held(
        Both("上面與回覆的鑰匙", "The keys of those, and of replies"),
        Both("加密；永遠不備份", "encrypted; never backed up"),
        Both("跟著它打開的資料", "with what they open"),
        Both("銷毀", "destroyed"),
        ("erasable_key",),
    ),
    Held(
        Both("其他打過的字", "Everything else that was typed"),
        Both("不留", "not kept"),
        Both("讀完就沒有了", "until it was read"),
        Both("從不儲存", "never stored"),
    ),
    Held(
        Both("圖片、影片、檔案、位置", "Images, videos, files, places"),
        Both("不收，也不下載", "never fetched"),
        Both("不留", "not kept"),
        Both("從不儲存", "never stored"),
    ),
    Held(
        Both("等待送出的回覆，含通訊軟體的帳號代碼", "Replies on their way, with the channel's user id"),
        Both("加密，每封一把鑰匙", "encrypted, a key for each"),
        Both(
            "送出為止，LINE 最久 50 秒；空的資料列 24 小時",
            "until sent, on LINE 50 seconds at most; the empty row 24 hours",
        ),
        Both("銷毀鑰匙與內容", "key and body destroyed"),
        ("outbox",),
    ),
    Held(
        Both(
            "Telegram 訊息的編號（為了能收回）", "Telegram's message numbers (so that they can be taken back)"
        ),
        Both("加密", "encrypted"),
        Both("48 小時", "48 hours"),
        Both("刪除", "deleted"),
        ("chat_message",),
    ),
    Held(
        Both("處理過的訊息（防止重複處理）", "That a message was handled (so that none is handled twice)"),
        Both("加鑰雜湊、整點時間", "keyed hash, full hour"),
        Both("7 天", "7 days"),
        Both("刪除", "deleted"),
        ("inbox_event",),
    ),
    Held(
        Both(
            "讓程式出錯的訊息長什麼樣子（沒有文字）",
            "What an input looked like that made our code fail (no words)",
        ),
        Both("加密", "encrypted"),
        Both("7 天", "7 days"),
        Both("刪除", "deleted"),
        ("quarantine",),
    ),
    Held(
        Both("一次性代碼、填表連結", "One-time codes, links to the form"),
        Both("加鑰雜湊", "keyed hash"),
        Both(
            "15 分鐘、用一次；開著的頁面最久再兩小時",
            "15 minutes, one use; an open page two hours more at most",
        ),
        Both("刪除", "deleted"),
        ("move_code", "page_seat"),
    ),
    Held(
        Both("使用次數的上限", "Uses that count against a limit"),
        Both("加鑰雜湊", "keyed hash"),
        Both("最久 24 小時", "24 hours at most"),
        Both("刪除", "deleted"),
        ("use_count",),
    ),
    Held(
        Both(
            "送給社工的轉介、同意紀錄、之後的請求、同仁的筆記",
            "Handoffs to social workers, consents, later requests, notes of staff",
        ),
        Both(
            "封緘：只有社工的金鑰能開；旁邊是隨機編號與整點時間",
            "sealed: only the desk's keys open them; beside it a random id and a full hour",
        ),
        Both(
            "辦結後 30 天，最久 90 天；還沒有人看過的不刪，有人看了再留 7 天",
            "30 days after it is done, 90 at most; what nobody has read stays, and 7 days more once it is read",
        ),
        Both("刪除，編號記入刪除名冊", "deleted, the id goes into the erasure ledger"),
        (
            "handoff",
            "handoff_case",
            "consent_record",
            "handoff_request",
            "handoff_work",
            "handoff_paper",
        ),
    ),
    Held(
        Both(
            "每台對外主機每小時一件的測試轉介（固定的一句話，不屬於任何人）",
            "Test handoffs, one an hour of each public host (a constant sentence, of nobody)",
        ),
        Both(
            "封緘，和轉介一樣；旁邊是整點時間、收件人金鑰與簽章金鑰的指紋",
            "sealed as handoffs are; beside it a full hour and the fingerprints of the recipients' keys and of the signing key",
        ),
        Both("48 小時；最新的一件留到下一件來", "48 hours; the newest until another one comes"),
        Both("刪除", "deleted"),
        ("sealing_test",),
    ),
    Held(
        Both("同意書的文字（每個人都一樣）", "The words of a consent (the same for everybody)"),
        Both("明文", "in the clear"),
        Both("到沒有紀錄用到它", "until no record uses it"),
        Both("刪除", "deleted"),
        ("consent_text",),
    ),
    Held(
        Both("匯出的檔案", "Exported files"),
        Both("不存", "not stored"),
        Both("等待第二人同意的申請：1 小時", "a request that waits for a second person: an hour"),
        Both("刪除", "deleted"),
        ("export_request",),
    ),
    Held(
        Both("誰在後台做了什麼（沒有求助者的個資）", "Who did what at the desk (nothing of those who wrote)"),
        Both("明文：代碼、編號、次數", "in the clear: codes, ids, counts"),
        Both("5 年，至少 6 個月", "5 years, half a year at least"),
        Both("由維運人員移除", "taken out by the operator"),
        ("audit_entry",),
    ),
    Held(
        Both("同仁的帳號與登入", "Accounts and sign-ins of staff"),
        Both("姓名、權限；密碼是 Argon2id 雜湊", "names, rights; passwords as Argon2id hashes"),
        Both(
            "登入 8 小時，不用就 15 分鐘；邀請 48 小時；帳號到停用之後",
            "sign-ins 8 hours, 15 minutes without use; invitations 48 hours; accounts until after they are closed",
        ),
        Both("刪除", "deleted"),
        ("staff_account", "staff_session", "staff_passkey", "staff_invitation"),
    ),
    Held(
        Both("統計數字（不屬於任何人）", "Counts of nobody in particular"),
        Both("明文：日期、項目、次數", "in the clear: day, name, number"),
        Both("一直保留；小於 5 的不顯示", "kept; below 5 not shown"),
        Both("–", "–"),
        ("tally",),
    ),
    Held(
        Both("備份", "Back-ups"),
        Both(
            "加密、簽章；沒有對話、沒有回覆、沒有任何鑰匙",
            "encrypted, signed; no conversation, no reply, no key",
        ),
        Both("7 天", "7 days"),
        Both(
            "刪除；主機時間有疑問，或做不出新備份時，由維運人員動手刪；還原時照刪除名冊不再寫回",
            "removed, by hand where the clock is in doubt or no new one can be made; a restore writes nothing that the erasure ledger names",
        ),
    ),
    Held(
        Both("程式的紀錄檔", "The program's log"),
        Both(
            "事件名稱、通訊軟體、事件編號；沒有文字、帳號、位址",
            "event names, channels, incident ids; no text, user id or address",
        ),
        Both("由維運人員決定", "as the operator sets it"),
        Both("–", "–"),
    ),
)


@dataclass(frozen=True, slots=True)
class Taken:
    """What somebody gets who takes something of ours, and what not."""

    what: Both
    gives: Both
    never: Both


TAKEN: Final = (
    Taken(
        Both("當事人沒上鎖的手機", "The person's unlocked phone"),
        Both(
            "還在聊天室裡的訊息、還開著的頁面、收執代碼",
            "chat bubbles still there, a page still open, a receipt",
        ),
        Both(
            "在單次頁面填的資料（頁面關掉後）、已送出的轉介",
            "what went through a page that is closed; what was sent",
        ),
    ),
    Taken(
        Both("資料庫的複本", "A copy of the database"),
        Both(
            "件數、大概的時間、隨機編號、加鑰雜湊、密文、同仁的姓名",
            "counts, rough times, random ids, keyed hashes, ciphertext, names of staff",
        ),
        Both("任何文字、任何通訊帳號、哪件轉介是誰的", "any text, any user id, whose a handoff is"),
    ),
    Taken(
        Both("備份", "A back-up"),
        Both(
            "沒有備份金鑰：什麼都沒有。有備份金鑰：件數、編號、密文、同仁的姓名",
            "without a back-up key nothing; with one counts, ids, ciphertext, names of staff",
        ),
        Both("任何對話，永遠都不能；任何轉介的內容", "any conversation, ever; any word of a handoff"),
    ),
    Taken(
        Both("正在運作的公開主機（最高權限）", "The public host, root, live"),
        Both(
            "進行中的對話與之後的一切；可以丟掉或竄改還沒送出的",
            "conversations in progress and all later ones; power to drop or alter what is not sent yet",
        ),
        Both("以前的對話、已送出的轉介", "ended conversations; what was sent before"),
    ),
    Taken(
        Both("解鎖中的社工主機", "The desk's host while a vault is open"),
        Both("那把金鑰能開的轉介", "the handoffs that this key opens"),
        Both("任何對話", "any conversation"),
    ),
    Taken(
        Both("通訊軟體公司", "The chat platform"),
        Both("在它的聊天室裡打的一切", "everything said in that chat"),
        Both("在單次頁面與網頁聊天裡填的", "what went through the one-time page and the web chat"),
    ),
)
