"""Words about the personal lock on the desk's key."""

from __future__ import annotations

from collections.abc import Mapping

#: Key: Chinese, English. Keys of this topic begin with its name.
WORDS: Mapping[str, tuple[str, str]] = {
    "unlocking_title": ("解鎖", "Unlock"),
    # The state in one sentence
    "unlocking_state_none": (
        "您還沒有設定密語，所以還打不開轉介。",
        "You have not set up your words yet, so you cannot open handoffs.",
    ),
    "unlocking_state_waiting": (
        "密語設好了，正在等同事把收件單位的金鑰授權給您。",
        "Your words are set. You are waiting for a colleague to grant you the desk's key.",
    ),
    "unlocking_state_locked": (
        "現在是鎖上的：只看得到件數和等待時間。",
        "Locked: only counts and waiting times can be seen.",
    ),
    "unlocking_state_open": ("已經解鎖，可以開啟轉介。", "Unlocked: you can open handoffs."),
    "unlocking_state_unsound": (
        "您的金鑰檔案有問題，不能使用。",
        "Your key file is not sound and cannot be used.",
    ),
    "unlocking_unsound_help": (
        "檔案可能損壞、被換過，或別人讀得到。請先通知系統管理人員，再移除它，重新設定密語，請同事再授權一次。轉介不會因此遺失。",
        (
            "The file may be damaged, swapped, or readable by others. Tell your system administrator first; then remove it, "
            "set up your words again, and ask a colleague to grant once more. No handoff is lost by this."
        ),
    ),
    "unlocking_open_rule": (
        "解鎖只在這次登入有效，在別的電腦要再輸入一次密語。15 分鐘沒有開啟任何轉介、解鎖滿 8 小時，或登出，就會自動鎖上。離開座位前請先鎖上。",
        (
            "It is unlocked for this sign-in only; on another computer you type your words again. It locks after 15 minutes "
            "without opening anything, after 8 hours, and when you sign out. Lock it before you leave your desk."
        ),
    ),
    "unlocking_free": (
        "展示環境不用密語，永遠是解鎖的。正式環境裡，每個人都要用自己的密語解鎖。",
        "The demo needs no words and is always unlocked. In real use everybody unlocks with words of their own.",
    ),
    "unlocking_lent": (
        "現在是用復原金鑰打開的，已經記在稽核紀錄裡。鎖上或登出後就失效。處理完請通知負責資安的人，並換一把新的復原金鑰。",
        (
            "Opened with the recovery key; this is in the audit log. It ends when you lock or sign out. Afterwards tell "
            "whoever answers for security, and make a new recovery key."
        ),
    ),
    # Set up
    "unlocking_setup_title": ("設定密語", "Set up your words"),
    "unlocking_setup_text": (
        "密語是只有您知道的一串字，用來打開收件單位的金鑰。它不是登入密碼：別人重設您的密碼，也打不開轉介。",
        (
            "The words are known to you alone and open the desk's key. They are not your password: whoever resets that "
            "cannot open a handoff."
        ),
    ),
    "unlocking_rule": (
        "至少 12 個字元。建議用六個不相關的詞，例如抽字卡或擲骰子選出來的；不要用名字、生日、歌詞或登入密碼。",
        (
            "At least 12 characters. Six words that have nothing to do with each other are good, drawn from cards or by "
            "dice; no names, birthdays, lyrics, and not your password."
        ),
    ),
    "unlocking_forgot": (
        "忘記密語時，沒有人能查出來。要重新設定，再請同事授權一次。",
        "If you forget them, nobody can find them out. You set them up again and a colleague grants once more.",
    ),
    "unlocking_words": ("密語", "Your words"),
    "unlocking_words_again": ("再輸入一次密語", "Your words once more"),
    "unlocking_setup": ("設定密語", "Set up"),
    # Unlock and lock
    "unlocking_unlock": ("解鎖", "Unlock"),
    "unlocking_tries": (
        "連續五次不對，要等 15 分鐘才能再試。",
        "After five wrong tries you wait 15 minutes.",
    ),
    "unlocking_lock": ("現在鎖上", "Lock now"),
    # Waiting
    "unlocking_next_title": ("接下來", "What to do next"),
    "unlocking_next_ask": (
        "請一位已經解鎖的同事打開這一頁，由他把金鑰授權給您。見面或用您認得的電話號碼，把下面這串「核對碼」念給他聽：",
        (
            "Ask a colleague who has unlocked to open this page and grant you the key. Face to face, or on a number that "
            "you know, read them this check code:"
        ),
    ),
    "unlocking_next_show": (
        "輸入密語，就會顯示要念給同事聽的核對碼。",
        "Type your words to see the check code that you read to your colleague.",
    ),
    "unlocking_show": ("顯示核對碼", "Show the check code"),
    "unlocking_own_code": ("我的核對碼", "My check code"),
    "unlocking_import_title": ("還沒有任何同事有金鑰？", "Does no colleague have the key yet?"),
    "unlocking_import_text": (
        "第一個人要從金鑰檔放進來。最安全的方法，是請系統管理人員在主機上執行下面的指令；也可以把檔案的文字貼在這裡，它只會在記憶體裡用一次，不會存檔。只收登記過的收件人的金鑰。貼完請清空剪貼簿。",
        (
            "The first one is filled from an identity file. Safest: the system administrator runs the command below on the "
            "host. You may also paste the text of the file here; it is used once, in memory, and is not kept. Only the key of "
            "a recipient is taken. Clear your clipboard afterwards."
        ),
    ),
    "unlocking_identity": ("金鑰檔的文字", "Text of the identity file"),
    "unlocking_file_words": (
        "金鑰檔的通行碼（檔案有上鎖才填）",
        "Passphrase of the file, if it is locked",
    ),
    "unlocking_import": ("放進我的金鑰", "Put it into my vault"),
    # Step-up
    "unlocking_prove_text": (
        "授權、換密語、換金鑰這些動作，要先再確認一次您的身分。",
        "Granting, changing words and keys need you to confirm who you are once more.",
    ),
    "unlocking_prove": ("確認身分", "Confirm who I am"),
    # Colleagues
    "unlocking_colleagues_title": ("授權給同事", "Grant to colleagues"),
    "unlocking_colleagues_text": (
        "見面或打您認得的電話，請同事念出他自己畫面上的核對碼，照著輸入。這裡不顯示核對碼，這樣才擋得住有人掉包。",
        (
            "Face to face, or on a number that you know, have your colleague read the check code from their own screen, and "
            "type it. It is not shown here on purpose: that is what stops somebody from swapping a key."
        ),
    ),
    "unlocking_code": ("同事念給您的核對碼", "Check code that your colleague reads"),
    "unlocking_grant": ("授權", "Grant"),
    "unlocking_waits": ("等待授權", "Waiting"),
    "unlocking_lacks": ("還缺新的金鑰", "Lacks a new key"),
    "unlocking_has_all": ("已授權", "Granted"),
    "unlocking_no_vault": ("還沒設定密語", "Has not set up words"),
    "unlocking_nobody": ("目前沒有其他同事有開啟轉介的權限。", "No other colleague may open handoffs."),
    # Keys
    "unlocking_keys_title": ("我手上的金鑰", "Keys in my vault"),
    "unlocking_key_name": ("收件人", "Recipient"),
    "unlocking_key_code": ("金鑰指紋", "Fingerprint"),
    "unlocking_key_public": ("公開金鑰（交給管理帳號的同事）", "Public key, for whoever manages keys"),
    "unlocking_key_use": ("用途", "What for"),
    "unlocking_use_active": ("使用中", "In use"),
    "unlocking_use_pending": ("等待啟用", "Waits to be activated"),
    "unlocking_use_none": ("還不是收件人", "Not a recipient yet"),
    "unlocking_use_revoked": ("舊的，已撤銷", "Old, revoked"),
    "unlocking_old_until": (
        "還有 {count} 件撤銷前的轉介，最後一件到 {until} 為止。在那之前要留著，除非已經全部重新加密。",
        (
            "{count} handoffs from before are still here, the last until {until}. Keep it until then, unless everything was "
            "sealed anew."
        ),
    ),
    "unlocking_old_unseen": (
        "還有 {count} 件撤銷前的轉介，其中有沒開過的，結束日期未定。要留著，除非已經全部重新加密。",
        (
            "{count} handoffs from before are still here, some never opened, so their end is not known. Keep it, unless "
            "everything was sealed anew."
        ),
    ),
    "unlocking_old_unsure": (
        "在這台主機上已撤銷。還沒讀到撤銷之後、不再加密給它的轉介，所以對外主機可能還在用它。要留著：先把 recipients.d 帶到對外主機，再送一件測試。",
        (
            "Revoked at this host. No handoff from after that was read that is not sealed to it, so the public host may still use it. "
            "Keep it: carry recipients.d to the public host, then send a test."
        ),
    ),
    "unlocking_old_none": ("撤銷前的轉介都刪除了，不再需要。", "Nothing from before is left: not needed."),
    "unlocking_key_text": (
        "每三個月，以及有人離職時，要換一把新的：在這裡產生，把公開金鑰交給管理帳號的同事登記，回答他給的驗證訊息，請已經解鎖的同事啟用，再按「全部重新加密」，再授權給同事一次。",
        (
            "Every three months, and when somebody leaves, a new one is due: make it here, give the public key to whoever "
            "manages keys, answer their challenge, have it activated by somebody who has unlocked, then seal everything anew and grant to "
            "colleagues again."
        ),
    ),
    "unlocking_key_make": ("產生一把新的金鑰", "Make a new key"),
    "unlocking_answer_title": ("回答驗證訊息", "Answer a challenge"),
    "unlocking_answer_text": (
        "管理帳號的同事登記金鑰後，會給您一段「AGE ENCRYPTED FILE」的文字。貼在這裡，會得到一句暗語；打您認得的電話，把指紋和暗語告訴一位已經解鎖的同事，由他啟用；不要用傳訊息的方式。",
        (
            "After your key was added you are given a text that begins with AGE ENCRYPTED FILE. Paste it here and you get a "
            "phrase; tell it and the fingerprint by telephone, on a number that you know, to a colleague who has unlocked; they "
            "activate the key. Not by the way the text came."
        ),
    ),
    "unlocking_challenge": ("驗證訊息", "Challenge"),
    "unlocking_answer": ("看暗語", "Show the phrase"),
    "unlocking_phrase_title": ("暗語", "The phrase"),
    "unlocking_phrase_text": (
        "有人要把這把金鑰登記為「{name}」，指紋 {fingerprint}。如果您知道這件事，打電話把指紋和暗語告訴已經解鎖的同事；不知道就不要說，並通知資安負責人。",
        (
            "Somebody wants to add this key as {name}, fingerprint {fingerprint}. If you expect this, tell fingerprint and "
            "phrase to a colleague who has unlocked, by telephone; if not, tell nobody and inform whoever answers for security."
        ),
    ),
    # Recipients
    "unlocking_recipients_title": ("誰可以收轉介", "Who receives handoffs"),
    "unlocking_recipients_text": (
        "管理帳號的同事只能登記新的金鑰，不能啟用。要由您這樣已經打得開轉介的人，確認持有人是誰，才會啟用。",
        (
            "Whoever manages accounts can add a key and not activate it. Somebody who can open handoffs already, as you can, "
            "makes sure who holds it, and then activates it."
        ),
    ),
    "unlocking_recipients_none": ("現在沒有等待啟用的金鑰。", "No key waits to be activated."),
    "unlocking_confirm_text": (
        "啟用之後，持有人讀得到往後所有的轉介。請打您自己認得的電話，和持有人本人確認，照他念的輸入；這裡不顯示指紋，這樣才擋得住有人掉包。不認識這個人，或沒有人事先告訴您，就不要啟用，並通知負責資安的人。",
        (
            "Once it is active its holder can read every handoff from now on. Call the holder yourself, on a number that you "
            "knew before, and type what they read. The fingerprint is not shown here on purpose: that is what stops somebody "
            "from swapping a key. If you do not know them, or nobody told you of this, do not activate it, and tell whoever answers "
            "for security."
        ),
    ),
    "unlocking_confirm_replaces": (
        "這會取代使用中的金鑰「{name}」，舊的會撤銷。",
        "This REPLACES the active key {name}, which is revoked.",
    ),
    "unlocking_confirm_code": (
        "持有人在電話裡念的金鑰指紋",
        "Fingerprint that the holder reads to you by telephone",
    ),
    "unlocking_confirm_phrase": (
        "持有人在電話裡說的暗語",
        "Phrase that the holder tells you by telephone",
    ),
    "unlocking_confirm": ("啟用", "Activate"),
    # Seal anew
    "unlocking_reseal_title": ("全部重新加密", "Seal everything anew"),
    "unlocking_reseal_text": (
        "有收件人新增、更換或撤銷之後要做一次。會在背景進行，您要保持解鎖；中途停了可以再按一次。重新整理這一頁就看得到進度。",
        (
            "Due once after a recipient was added, replaced or revoked. It runs in the background while you stay unlocked; "
            "if it stops, press again. Reload this page to see how far it is."
        ),
    ),
    "unlocking_reseal": ("開始重新加密", "Seal anew"),
    # Change, recover, remove
    "unlocking_change_title": ("更換密語", "Change my words"),
    "unlocking_words_now": ("現在的密語", "Your words now"),
    "unlocking_words_new": ("新的密語", "New words"),
    "unlocking_words_new_again": ("再輸入一次新的密語", "New words once more"),
    "unlocking_change": ("更換密語", "Change"),
    "unlocking_recover_title": ("緊急：用復原金鑰打開", "Emergency: open with the recovery key"),
    "unlocking_recover_text": (
        "只有在沒有任何同事打得開、而有人正在等電話時才用。要兩個人一起做。貼上的文字只留在記憶體裡，鎖上就消失；誰在什麼時候用過，一定會記錄。",
        (
            "Only when no colleague can open handoffs and people wait for a call. Two people do it together. What is pasted "
            "stays in memory and is gone when you lock; who used it, and when, is always recorded."
        ),
    ),
    "unlocking_recover_sure": (
        "我和另一位同事在一起，已經通知負責資安的人",
        "I am with a second person, and whoever answers for security knows",
    ),
    "unlocking_recovery_text": ("復原金鑰的文字", "Text of the recovery key"),
    "unlocking_recover": ("用復原金鑰打開", "Open with the recovery key"),
    "unlocking_remove_title": ("移除我的金鑰", "Remove my vault"),
    "unlocking_remove_text": (
        "換單位、離職，或懷疑密語被別人知道時使用。移除後您打不開任何轉介，要重新設定並請同事授權。請先確定還有別人打得開。",
        (
            "For when you change units, leave, or think that somebody knows your words. You cannot open anything afterwards "
            "until you set up again and a colleague grants. Make sure first that somebody else can open handoffs."
        ),
    ),
    "unlocking_remove_sure": ("我確定要移除", "Yes, remove it"),
    "unlocking_remove": ("移除", "Remove"),
    # Done
    "unlocking_did_made": ("密語設好了。", "Your words are set."),
    "unlocking_did_unlocked": ("密語正確。", "Your words were right."),
    "unlocking_did_locked": ("已經鎖上。", "Locked."),
    "unlocking_did_words_set": ("密語已經更換。", "Your words were changed."),
    "unlocking_did_granted": ("已經授權給同事。", "Granted to your colleague."),
    "unlocking_did_imported": ("金鑰放進來了，已經解鎖。", "The key is in your vault, and you are unlocked."),
    "unlocking_did_key_made": (
        "新的金鑰做好了。請把下面的公開金鑰和指紋交給管理帳號的同事登記。",
        "A new key was made. Give the public key and fingerprint below to whoever manages keys.",
    ),
    "unlocking_did_recovered": ("已用復原金鑰打開。", "Opened with the recovery key."),
    "unlocking_did_removed": ("您的金鑰已經移除。", "Your vault was removed."),
    "unlocking_did_confirmed": (
        "已在這台主機上啟用。請按「全部重新加密」，它才打得開以前的轉介。",
        "Activated at this host. Seal everything anew, so that it opens earlier handoffs too.",
    ),
    "unlocking_did_revoked": (
        "已在這台主機上撤銷。請按「全部重新加密」。",
        "Revoked at this host. Seal everything anew.",
    ),
    "unlocking_did_kept": ("已記下：這把金鑰另外保管。", "Written down: this key is kept elsewhere."),
    "unlocking_did_reseal_begun": ("已經開始重新加密。", "Sealing anew has begun."),
    # Not done
    "unlocking_no_differ": ("兩次輸入的密語不一樣，請再試一次。", "The words differ. Please try again."),
    "unlocking_no_short": (
        "密語太短，至少要 12 個字元。",
        "The words are too short: 12 characters at least.",
    ),
    "unlocking_no_long": ("密語太長，最多 200 個字元。", "The words are too long: 200 characters at most."),
    "unlocking_no_plain": (
        "這串密語太容易猜，請用更多不同的字。",
        "These words are too easily guessed. Use more different characters.",
    ),
    "unlocking_no_exists": ("您已經設定過密語了。", "You have set up your words already."),
    "unlocking_no_none": ("對方還沒有設定密語，或沒有權限。", "There is no such vault, or no right for it."),
    "unlocking_no_unsound": ("金鑰檔案有問題，沒有執行。", "The key file is not sound. Nothing was done."),
    "unlocking_no_changed": (
        "檔案剛剛被換過，沒有執行。請重新整理再試。",
        "The file was replaced just now. Nothing was done; reload and try again.",
    ),
    "unlocking_no_wrong_words": (
        "密語不對。請檢查輸入法和大小寫。",
        "These are not the words. Check your keyboard.",
    ),
    "unlocking_no_paused": (
        "錯太多次了，請等 15 分鐘再試。",
        "Too many wrong tries. Please wait 15 minutes.",
    ),
    "unlocking_no_locked": ("要先解鎖才能做這件事。", "Unlock first."),
    "unlocking_no_wrong_fingerprint": (
        "核對碼不符，沒有授權。請同事再念一次；還是不符，請停下來，通知負責資安的人。",
        (
            "The check code does not fit. Nothing was granted. Have it read once more; if it still differs, stop and tell "
            "whoever answers for security."
        ),
    ),
    "unlocking_no_yourself": ("不能授權給自己。", "You cannot grant to yourself."),
    "unlocking_no_unwritable": (
        "檔案寫不進去，沒有執行。請通知系統管理人員。",
        "The file cannot be written. Nothing was done; tell your system administrator.",
    ),
    "unlocking_no_no_identity": (
        "這段文字裡沒有金鑰（AGE-SECRET-KEY-1…）。",
        "There is no identity (AGE-SECRET-KEY-1…) in this text.",
    ),
    "unlocking_no_needs_words": (
        "這個金鑰檔有上鎖，請填它的通行碼。",
        "This identity file is locked. Fill in its passphrase.",
    ),
    "unlocking_no_wrong_file_words": (
        "金鑰檔的通行碼不對，或檔案損壞。",
        "The passphrase of the file is wrong, or the file is damaged.",
    ),
    "unlocking_no_demo_key": (
        "這是展示用的金鑰，不能用在正式環境。",
        "This is a key of the demo; it is not for real use.",
    ),
    "unlocking_no_no_challenge": (
        "這不是給您的金鑰的驗證訊息，沒有顯示任何內容。",
        "This is no challenge for a key of yours. Nothing of it is shown.",
    ),
    "unlocking_no_stranger": (
        "這把金鑰從來不是收件人，所以不能用。請用收件單位登記過的金鑰檔。",
        "Nothing was ever sealed to this key, so it is not taken. Use an identity file of the desk.",
    ),
    "unlocking_no_full": (
        "那個金鑰檔裡的金鑰太多了，沒有執行。請移除後重新設定密語，再授權一次。",
        "There are too many keys in that vault. Nothing was done; remove it, set up words anew, and grant once more.",
    ),
    "unlocking_no_key_waits": (
        "您已經有一把還沒啟用的新金鑰。請先把它登記、啟用，再做下一把。",
        "You have a new key that is not active yet. Have it added and activated before you make another.",
    ),
    "unlocking_no_only_one": (
        "沒有移除：您手上有收件人的金鑰，別人都沒有。請先授權給一位同事。",
        "Not removed: nobody else's vault holds a recipient's key that is in yours. Grant it to a colleague first.",
    ),
    "unlocking_no_not_sure": ("請先勾選確認。", "Please tick the box first."),
    "unlocking_no_reseal_runs": ("重新加密已經在進行了。", "Sealing anew is running already."),
}
