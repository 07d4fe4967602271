"""Words about recipients and their keys."""

from __future__ import annotations

from collections.abc import Mapping

#: Key: Chinese, English. Keys of this topic begin with its name.
WORDS: Mapping[str, tuple[str, str]] = {
    "keys_title": ("金鑰", "Keys"),
    "keys_intro": (
        "轉介會加密給下面每一位使用中的收件人，任何一位都打得開。這一頁只有公開的資料，看不到任何秘密。",
        (
            "Every handoff is sealed to each active recipient below, and any of them can open it. Everything on this page "
            "is public."
        ),
    ),
    "keys_active": ("使用中的收件人：{count}", "Active recipients: {count}"),
    "keys_too_few": (
        "使用中的收件人不到 {count} 位，所以現在不收轉介；求助者會看到說明和可以打的電話。請盡快補上。",
        (
            "Fewer than {count} recipients are active, so no handoff is taken now; people are told so, with numbers to "
            "call. Add another soon."
        ),
    ),
    "keys_unsound": (
        "主機上的金鑰檔有問題，現在無法顯示。請系統管理人員在主機上執行下面的指令，它會指出是哪個檔案。",
        (
            "A key file on the host is not sound, so nothing can be shown. Run the command below on the host: it names the "
            "file."
        ),
    ),
    # What is wrong with them
    "keys_bar_differs": (
        "對外主機加密用的收件人，和這份名單不一樣。",
        "The public host seals to other keys than this list.",
    ),
    "keys_bar_differs_do": (
        "撤銷的人可能還讀得到，或新的金鑰打不開。請馬上通知系統管理人員：把 recipients.d 帶到對外主機，出聲核對兩邊的指紋，再送一件測試。如果沒有人更改過金鑰，請通知負責資安的人。",
        (
            "Somebody revoked may still read, or a new key may not open. Tell the system administrator now: carry recipients.d to the "
            "public host, compare the fingerprints of both aloud, send a test. If nobody changed a key, tell whoever answers for security."
        ),
    ),
    "keys_bar_test_late": (
        "已經 {hours} 小時沒有測試轉介進來。",
        "No test handoff for {hours} hours.",
    ),
    "keys_bar_test_late_do": (
        "對外的程式每小時會自己送一件，裡面沒有任何人的資料。請系統管理人員看看：程式有在執行嗎？金鑰都在嗎？兩邊的時間對嗎？在那之前，新的轉介可能進不來。",
        (
            "The public program sends one every hour by itself, and nothing of anybody is in it. Ask the system administrator: is the "
            "public program running, does it have its keys, are both clocks right? Until then new handoffs may not arrive."
        ),
    ),
    "keys_bar_test_unsound": (
        "這台主機的收件人名單讀不出來，所以沒有核對測試轉介。",
        "The list of recipients on this host cannot be read, so test handoffs are compared with nothing.",
    ),
    "keys_bar_test_unsound_do": (
        "對外主機加密給誰，現在沒有人在看。請系統管理人員在主機上執行 frontdoor keys list，它會指出是哪個檔案。",
        (
            "Nobody watches now to whom the public host seals. Ask the system administrator to run frontdoor keys list on this host: "
            "it names the file."
        ),
    ),
    "keys_bar_test_odd": (
        "最新的測試轉介和它自己說的不一樣。",
        "The newest test handoff is not what it says it is.",
    ),
    "keys_bar_test_odd_do": (
        "它的簽章不是我們認得的，或不是加密給它列出的收件人。請系統管理人員核對 signers.d；如果沒有人更換過簽章金鑰，請通知負責資安的人。",
        (
            "Nobody we know signed it, or it is not sealed to the recipients that it names. Have the system administrator compare signers.d; "
            "if nobody renewed the signing key, tell whoever answers for security."
        ),
    ),
    "keys_bar_test_unopened": (
        "有一位收件人的金鑰打不開最新的測試轉介。",
        "The key of a recipient does not open the newest test handoff.",
    ),
    "keys_bar_test_unopened_do": (
        "新的轉介也可能打不開，或加密給了別人。請馬上通知系統管理人員，出聲核對兩邊的指紋（frontdoor keys list）。如果沒有人更改過金鑰，請通知負責資安的人。",
        (
            "New handoffs may not open either, or may be sealed to somebody else. Tell the system administrator now, and compare the "
            "fingerprints of both hosts aloud (frontdoor keys list). If nobody changed a key, tell whoever answers for security."
        ),
    ),
    "keys_bar_unheld": (
        "這些收件人的金鑰不在任何人的金鑰檔裡：{names}。如果另外有紙本或檔案，請打得開轉介的同事在「解鎖」頁記下；沒有的話，請盡快更換。",
        (
            "The keys of these recipients are in no vault: {names}. If they are kept on paper or in a file, have a colleague who can open "
            "handoffs note it on their Unlock page; if not, replace them soon."
        ),
    ),
    "keys_carry": (
        "現在就把名單帶到對外主機；在那之前，新的轉介還是照舊的名單加密。",
        "Carry the list to the public host now; until then new handoffs are sealed as before.",
    ),
    "keys_carry_how": (
        "請系統管理人員複製整個資料夾，和您出聲核對兩邊的指紋（frontdoor keys list），再送一件測試，看打不打得開。",
        (
            "The system administrator copies the whole folder, compares the fingerprints of both hosts aloud with you "
            "(frontdoor keys list), and sends a test, which you open."
        ),
    ),
    "keys_keep_title": ("記下：金鑰另外保管", "Note that a key is kept elsewhere"),
    "keys_keep_text": (
        "給不放在任何人金鑰檔裡的金鑰，例如紙本的復原金鑰。請先確定真的找得到。",
        "For a key that is in no vault, such as the recovery key on paper. Make sure first that it can be found.",
    ),
    "keys_keep_sure": ("我確定它在紙上或檔案裡", "Yes, it is on paper or in a file"),
    "keys_keep": ("記下", "Note it"),
    "keys_recipients_title": ("收件人", "Recipients"),
    "keys_name": ("名稱", "Name"),
    "keys_state": ("狀態", "State"),
    "keys_fingerprint": ("金鑰指紋", "Fingerprint"),
    "keys_since": ("開始日期", "Since"),
    "keys_since_unknown": ("沒有記錄", "Not written down"),
    "keys_state_active": ("使用中", "Active"),
    "keys_state_pending": ("等待啟用", "Pending"),
    "keys_state_revoked": ("已撤銷", "Revoked"),
    "keys_demo": ("展示用", "Demo"),
    "keys_added_by": ("登記人：{name}", "Added by {name}"),
    "keys_added_at_host": ("在主機上登記", "Added at the host"),
    "keys_compare": (
        "每個月，以及有人進過主機之後，請收件單位的人拿手上的紙本核對指紋。",
        "Every month, and after every visit to the host, compare the fingerprints with those on paper at the desk.",
    ),
    # Step-up
    "keys_prove_text": (
        "要更改金鑰，請先再確認一次您的身分。",
        "To change keys, confirm who you are once more.",
    ),
    "keys_prove": ("確認身分", "Confirm who I am"),
    # Pending
    "keys_pending_title": ("等待啟用", "Waiting to be activated"),
    "keys_pending_text": (
        "在這裡只能登記，不能啟用。持有人用電話把指紋和暗語告訴一位打得開轉介的同事，由他解鎖後在「解鎖」頁啟用。",
        (
            "A key is added here and not activated. Its holder tells fingerprint and phrase by telephone to a colleague who can "
            "open handoffs; they activate it on their Unlock page, after unlocking."
        ),
    ),
    "keys_pending_host": (
        "還沒有人打得開轉介時，在主機上執行：",
        "Where nobody can open handoffs yet, it is done on the host:",
    ),
    "keys_challenge_again": ("重新產生驗證訊息", "Make a new challenge"),
    # The challenge
    "keys_asked_title": ("把這段驗證訊息交給持有人", "Give this challenge to the holder"),
    "keys_asked_text": (
        "「{name}」已登記，等待啟用；還不會加密給它。先和持有人在電話裡核對指紋 {fingerprint}，再把下面整段文字傳給他（用什麼方式都可以）。他在「解鎖」頁貼上，會得到暗語。這段文字只顯示這一次。",
        (
            "{name} waits; nothing is sealed to it yet. Compare the fingerprint {fingerprint} with its holder by telephone, "
            "then send them the whole text below, by any way. They paste it on their Unlock page and get a phrase. It is "
            "shown this once."
        ),
    ),
    "keys_asked_text_label": ("驗證訊息", "Challenge"),
    # Add, rotate, revoke
    "keys_add_title": ("新增收件人", "Add a recipient"),
    "keys_add_text": (
        "請持有人在「解鎖」頁產生金鑰（或在主機上用指令產生），把 age1 開頭的公開金鑰給您。絕對不要收 AGE-SECRET-KEY 開頭的文字。",
        (
            "The holder makes a key on their Unlock page, or with the command on the host, and gives you the public key "
            "that begins with age1. Never take a text that begins with AGE-SECRET-KEY."
        ),
    ),
    "keys_name_rule": (
        "名稱：小寫英文、數字和 -，最多 32 個",
        "Name: a-z, 0-9 and -, at most 32",
    ),
    "keys_public": ("公開金鑰（age1…）", "Public key (age1…)"),
    "keys_add": ("登記", "Add"),
    "keys_rotate_title": ("更換金鑰", "Replace a key"),
    "keys_rotate_text": (
        "新的金鑰啟用前，舊的照常使用；啟用的同時，這台主機上舊的會撤銷，名單要再帶到對外主機。之後請收件單位的人在「解鎖」頁按「全部重新加密」。",
        (
            "The old key stays in use until the new one is activated, and is revoked then at this host; the list must be carried to "
            "the public one. Afterwards somebody at the desk presses Seal everything anew on their Unlock page."
        ),
    ),
    "keys_rotate_whose": ("換誰的", "Whose"),
    "keys_rotate": ("登記新的金鑰", "Add the new key"),
    "keys_revoke_title": ("撤銷", "Revoke"),
    "keys_revoke_text": (
        "有人離職，或金鑰可能外流時使用。在這台主機上撤銷，不能復原；把名單帶到對外主機之後，才不再加密給它。已經讀過或複製的拿不回來。不能少於 {count} 位使用中的收件人。",
        (
            "For when somebody leaves or a key may have leaked. It is revoked at this host, which cannot be undone; nothing is sealed "
            "to it any more once the list was carried to the public host. What was read or copied stays with them. At least {count} must stay active."
        ),
    ),
    "keys_revoke_sure": ("我確定要撤銷", "Yes, revoke it"),
    "keys_revoke": ("撤銷", "Revoke"),
    # Signers
    "keys_signers_title": ("簽章金鑰", "Signing keys"),
    "keys_signers_text": (
        "只有這些金鑰簽過的轉介才會顯示，其他一律當成偽造。",
        "Only handoffs signed by one of these are shown; anything else counts as forged.",
    ),
    # Vaults
    "keys_vaults_title": ("誰打得開", "Who can open handoffs"),
    "keys_vaults_text": (
        "有開啟權限的人，要自己設定密語，再由已經解鎖的同事授權。重設密碼不會讓任何人打得開轉介。",
        (
            "Whoever has the right to open sets up words of their own and is then granted the key by a colleague who has "
            "unlocked. Resetting a password never opens a handoff."
        ),
    ),
    "keys_vault_none": ("還沒設定密語", "Not set up"),
    "keys_vault_waiting": ("等待授權", "Waiting for a grant"),
    "keys_vault_locked": ("鎖上", "Locked"),
    "keys_vault_open": ("解鎖中", "Open now"),
    "keys_vault_unsound": ("檔案有問題", "File not sound"),
    "keys_vault_no_right": ("已經沒有開啟權限，請移除", "Has no right to open any more: remove it"),
    "keys_account": ("帳號", "Account"),
    "keys_vault": ("密語", "Words"),
    "keys_vault_for": ("手上有哪些收件人的金鑰", "Holds the key of"),
    "keys_vault_others": ("另有 {count} 把舊的或未啟用的", "and {count} old or inactive"),
    "keys_vault_nothing": ("沒有", "None"),
    "keys_vault_since": ("設定日期", "Set up on"),
    "keys_vaults_none": ("目前沒有人有開啟轉介的權限。", "Nobody has the right to open handoffs."),
    "keys_vault_remove_title": ("移除離職人員的金鑰", "Remove the vault of somebody who left"),
    "keys_vault_remove_text": (
        "離職、調職或遺失電腦時使用：停用帳號之外，把他的金鑰檔也移除，再更換收件單位的金鑰。移除的檔案在主機上留 90 天，弄錯了可以請系統管理人員救回來。",
        (
            "When somebody leaves or loses a device: disable the account, remove the vault too, and then replace the "
            "desk's key. What was removed stays on the host for 90 days; after a mistake the system administrator brings it back."
        ),
    ),
    "keys_vault_whose": ("移除誰的", "Whose"),
    "keys_vault_remove_sure": ("我確定要移除", "Yes, remove it"),
    "keys_vault_remove": ("移除", "Remove"),
    # Seal anew
    "keys_reseal_title": ("重新加密", "Sealing anew"),
    "keys_reseal_none": (
        "這個程式啟動之後還沒有做過。收件人有變動時，請已經解鎖的同事在「解鎖」頁按「全部重新加密」。",
        (
            "Not done since this program was started. When recipients change, a colleague who has unlocked presses Seal "
            "everything anew on their Unlock page."
        ),
    ),
    "keys_reseal_running": ("進行中：{done}／{total} 件", "Running: {done} of {total}"),
    "keys_reseal_done": (
        "完成：{total} 件轉介，{seals} 個加密，{left} 個沒有換",
        "Done: {total} handoffs, {seals} seals, {left} left as they lie",
    ),
    "keys_reseal_locked": (
        "中途停止：解鎖的人鎖上了。已經做好的會保留，再按一次就好。",
        "Stopped: the vault was locked. What is done stays; press again.",
    ),
    "keys_reseal_desk_closed": (
        "沒有做：使用中的收件人太少，或金鑰檔有問題。",
        "Not done: too few recipients are active, or a key file is not sound.",
    ),
    "keys_reseal_failed": (
        "中途停止：資料庫沒有回應。已經做好的會保留，請再按一次；如果一直這樣，請通知系統管理人員。",
        (
            "Stopped: the database did not answer. What is done stays; press again. If it keeps happening, tell your "
            "system administrator."
        ),
    ),
    "keys_left_title": ("沒有換的", "Left as they lie"),
    "keys_left_forged": ("簽章不對：通知負責資安的人", "Forged: tell whoever answers for security"),
    "keys_left_unreadable": ("打不開：還需要更舊的金鑰", "Unreadable: an older key is needed"),
    "keys_left_changed": ("剛好有人在處理：再做一次", "Changed meanwhile: do it again"),
    # Recovery
    "keys_recovery_title": ("復原金鑰：最後的辦法", "The recovery key: the last resort"),
    "keys_recovery_text": (
        "所有人都打不開、而有人在等電話時，兩個人一起，用紙本的復原金鑰和公開的 age 工具，在一台沒有網路的電腦上打開。先在主機上把完整步驟印出來，和復原金鑰放在一起：",
        (
            "When nobody can open handoffs and people wait for a call: two people together, with the recovery key on paper "
            "and the public age tool, on a computer without a network. Print the whole of the steps on the host beforehand "
            "and keep them with the key:"
        ),
    ),
    "keys_recovery_screen": (
        "趕時間時，有開啟權限的人也可以在「解鎖」頁貼上復原金鑰，只在那一次登入有效，並會記錄。",
        (
            "When time is short, somebody with the right to open can paste it on their Unlock page; it works for that "
            "sign-in only and is recorded."
        ),
    ),
    "keys_recovery_checked": (
        "復原金鑰上次是什麼時候試過：這個系統不知道。請寫在和它放在一起的紙上，每年試一次。",
        (
            "When the recovery key was last tried: this system does not know. Write it on the paper beside it, and try it "
            "once a year."
        ),
    ),
    "keys_recovery_after": (
        "用過之後，換一把新的復原金鑰，再全部重新加密。",
        "After it was used, make a new recovery key and seal everything anew.",
    ),
    # Done
    "keys_did_vault_removed": ("已移除。", "Removed."),
    # Not done
    "keys_no_name": ("名稱只能用小寫英文、數字和 -，最多 32 個。", "Names are a-z, 0-9 and -, at most 32."),
    "keys_no_key": (
        "這不是 age X25519 公開金鑰（age1…）。請再複製一次整行。",
        "This is no age X25519 public key (age1…). Copy the whole line once more.",
    ),
    "keys_no_private": (
        "您貼的是私密金鑰！它已經被看到，不能再用。請持有人做一把新的，只給您 age1 開頭的那一行。",
        (
            "That is a private key! It has been seen and must not be used. Have the holder make a new one and give you only "
            "the line that begins with age1."
        ),
    ),
    "keys_no_known": (
        "這把金鑰已經登記過，每位收件人都要用自己的。",
        "This key is known already; everybody needs their own.",
    ),
    "keys_no_waits": ("這個名稱已經在等待啟用。", "This name waits already."),
    "keys_no_active": (
        "這個名稱已經在使用，請用「更換金鑰」。",
        "This name is active; replace its key instead.",
    ),
    "keys_no_missing": (
        "找不到這個名稱，可能剛剛被改過。",
        "There is no such name; it may have changed just now.",
    ),
    "keys_no_wrong_phrase": ("暗語不對，還沒有啟用。", "That is not the phrase. Nothing was activated."),
    "keys_no_no_tries": (
        "暗語錯太多次了，請重新產生驗證訊息。",
        "Too many wrong phrases. Make a new challenge.",
    ),
    "keys_no_same_person": (
        "是您登記的，要由另一位同事啟用。",
        "You added it, so another colleague must activate it.",
    ),
    "keys_no_no_holder": (
        "要先解鎖，而且您的金鑰要屬於使用中的收件人，才能做這件事。用復原金鑰打開的不算。",
        (
            "Unlock first. Your vault must hold the key of an active recipient; one opened with the recovery key does not "
            "count."
        ),
    ),
    "keys_no_wrong_code": (
        "指紋不符，沒有啟用。請持有人再念一次；還是不符，請停下來，通知負責資安的人。",
        (
            "The fingerprint does not fit. Nothing was activated. Have it read once more; if it still differs, stop and tell "
            "whoever answers for security."
        ),
    ),
    "keys_no_mismatch": (
        "停！暗語是對的，指紋卻不是：可能有人掉包了金鑰。沒有啟用，已經記錄。請不要再試，馬上通知負責資安的人。",
        (
            "Stop. The phrase is right and the fingerprint is not: somebody may have swapped the key. Nothing was activated, and this is on "
            "record. Do not try again; tell whoever answers for security now."
        ),
    ),
    "keys_no_young": (
        "還不能啟用：登記的帳號，或您開啟轉介的權限，還不到 24 小時。請明天再做，或找另一位同事。急的時候在主機上用指令。",
        (
            "Not yet: the account that added it, or your right to open, is younger than 24 hours. Do it tomorrow, or ask another "
            "colleague; when it is urgent, use the command on the host."
        ),
    ),
    "keys_no_only_one": (
        "沒有移除：這裡面有收件人的金鑰，別人的金鑰檔裡都沒有。請他先授權給一位同事，或請打得開轉介的同事先撤銷那位收件人。",
        (
            "Not removed: no other vault holds a recipient's key that is in it. Have it granted to a colleague first, or have "
            "somebody who can open handoffs revoke that recipient."
        ),
    ),
    "keys_no_too_few": (
        "撤銷後使用中的收件人會太少，沒有執行。請先新增一位。",
        "Too few would be left, so it was not done. Add another first.",
    ),
    "keys_no_unwritable": (
        "這個程式不能更改主機上的金鑰檔（為了安全，可能本來就這樣設定）。請系統管理人員在主機上執行：",
        "This program may not change the key files on the host, perhaps on purpose. Run this on the host instead:",
    ),
    "keys_no_vault_unwritable": (
        "檔案移除不了，請通知系統管理人員。",
        "The file cannot be removed. Tell your system administrator.",
    ),
    "keys_no_unsound": (
        "主機上的金鑰檔有問題，沒有執行。",
        "A key file on the host is not sound. Nothing was done.",
    ),
    "keys_no_not_sure": ("請先勾選確認。", "Please tick the box first."),
}
