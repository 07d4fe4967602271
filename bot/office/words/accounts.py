"""Words about accounts, invitations and one's own ways in."""

from __future__ import annotations

from collections.abc import Mapping

#: Key: Chinese, English. Keys of this topic begin with its name.
WORDS: Mapping[str, tuple[str, str]] = {
    # Rights, in plain words and in short
    "accounts_right_list": (
        "看清單：有幾件、等了多久；看不到任何一件的內容",
        "See the list: how many there are and how long they wait; nothing of any of them",
    ),
    "accounts_right_open": (
        "開啟轉介：選了理由、用自己的密語解鎖後，才看得到內容",
        "Open handoffs: only with a reason, and after unlocking with their own words",
    ),
    "accounts_right_export": (
        "匯出：把轉介存成檔案（要和「開啟轉介」一起給）",
        "Export: save handoffs as files (only together with opening them)",
    ),
    "accounts_right_accounts": (
        "管理帳號：邀請、改權限、停用；不能開啟或匯出轉介",
        "Manage accounts: invite, set rights, disable; cannot open or export handoffs",
    ),
    "accounts_right_audit": (
        "看稽核紀錄：誰在什麼時候做了什麼",
        "Read the audit log: who did what, and when",
    ),
    "accounts_short_list": ("看清單", "See the list"),
    "accounts_short_open": ("開啟轉介", "Open"),
    "accounts_short_export": ("匯出", "Export"),
    "accounts_short_accounts": ("管理帳號", "Manage accounts"),
    "accounts_short_audit": ("看稽核紀錄", "Audit"),
    "accounts_no_rights": ("沒有權限", "None"),
    "accounts_never_together": (
        "「管理帳號」不能和「開啟轉介」或「匯出」放在同一個帳號：給權限的人，自己看不到內容。",
        'An account with "Manage accounts" cannot have "Open" or "Export": whoever gives rights sees no contents.',
    ),
    # The review list
    "accounts_list_title": ("帳號", "Accounts"),
    "accounts_list_why": (
        "請定期看一遍：每個人都還在職嗎？權限都還需要嗎？{days} 天沒有登入的帳號會自動停用。",
        (
            "Please read it through from time to time: does everybody still work here, and need these rights? "
            "An account that nobody signed in to for {days} days is disabled by itself."
        ),
    ),
    "accounts_all": ("全部帳號（{count}）", "All accounts ({count})"),
    "accounts_rights": ("權限", "Rights"),
    "accounts_seen": ("最後登入", "Last signed in"),
    "accounts_created": ("建立時間", "Made on"),
    "accounts_state": ("狀態", "State"),
    "accounts_never": ("還沒登入過", "Never"),
    "accounts_open": ("使用中", "In use"),
    "accounts_disabled": ("已停用", "Disabled"),
    "accounts_closes": ("太久沒用，{days} 天後停用", "Long unused: disabled in {days} days"),
    "accounts_closes_on": ("沒有登入時，停用日", "Disabled, if not used, on"),
    "accounts_do": ("可以做的事", "What you can do"),
    "accounts_to_list": ("回到帳號清單", "Back to the accounts"),
    # Invitations
    "accounts_invite": ("邀請同事", "Invite a colleague"),
    "accounts_invite_text": (
        "送出後會出現一個連結。請親手交給對方；對方用它設定自己的登入方式。",
        "You then get a link. Hand it to your colleague yourself; they use it to set up how they sign in.",
    ),
    "accounts_invite_name": ("對方的帳號名稱", "Account name"),
    "accounts_no_sharing": (
        "一人一個帳號，不共用、不借用：每個動作都記在帳號名下。",
        "One account for each person, never shared or lent: what is done is noted under it.",
    ),
    "accounts_invite_rights": ("可以做什麼", "What this person may do"),
    "accounts_make_link": ("產生一次性連結", "Make a link that works once"),
    "accounts_invitations": ("還沒使用的連結", "Links not used yet"),
    "accounts_invitations_none": ("目前沒有。", "There are none."),
    "accounts_invited_by": ("邀請的人", "Invited by"),
    "accounts_by_host": ("主機上的指令", "A command at the host"),
    "accounts_name_open": ("（對方自己填）", "(chosen by them)"),
    "accounts_what_for": ("用途", "For"),
    "accounts_for_new": ("新同事", "A new colleague"),
    "accounts_for_back": ("重新設定登入方式", "Setting up anew how to sign in"),
    "accounts_link_until": ("連結有效到", "The link works until"),
    "accounts_withdraw": ("取消邀請", "Take it back"),
    "accounts_link_heading": ("連結只在這裡出現這一次", "This link is shown this once"),
    "accounts_link_for": ("要交給：", "For:"),
    "accounts_link_now": (
        "請現在就抄下或複製。離開這一頁後看不到了，只能收回、重新產生。",
        "Copy it now. Once you leave this page it cannot be seen again, only taken back and made anew.",
    ),
    "accounts_link_once": ("只能用一次，有效到", "It works once, until"),
    "accounts_link_how": (
        "當面給，或傳到您確定是本人的地方。誰先用了連結，誰就拿到這個帳號。",
        "Give it in person, or where you are sure it reaches them: whoever uses it first has the account.",
    ),
    "accounts_link_new": (
        "如果對方要開啟轉介：加入後還要設定自己的密語，再由已解鎖的同事授權。",
        (
            "If they are to open handoffs: after joining they set up their own unlocking words, and a colleague whose "
            "desk is unlocked grants the key."
        ),
    ),
    "accounts_link_back": (
        "連結用了以後，原本的密碼、通行密鑰、驗證碼、機關登入和所有登入都會失效。在那之前一切照舊。",
        (
            "When it is used, the old password, passkeys, one-time codes, agency sign-in and all sessions end. "
            "Until then everything stays as it is."
        ),
    ),
    "accounts_link_vault": (
        "連結不會替對方解鎖。開啟轉介仍要用對方自己的密語；忘了密語，要由已解鎖的同事重新授權。",
        (
            "The link unlocks nothing. Opening handoffs still takes the member's own words; if those are forgotten, "
            "a colleague whose desk is unlocked must grant the key again."
        ),
    ),
    # Joining
    "accounts_join_title": ("加入後台", "Join the back office"),
    "accounts_setup_title": ("建立第一位管理人員", "Make the first administrator"),
    "accounts_admin_title": ("建立管理人員的帳號", "Make an administrator's account"),
    "accounts_setup_text": (
        "這個帳號用來邀請同事、給權限，自己不能開啟或匯出轉介。",
        "This account invites colleagues and gives rights. It cannot open or export handoffs itself.",
    ),
    "accounts_back_title": ("重新設定登入方式", "Set up anew how you sign in"),
    "accounts_back_text": (
        "送出後，原本的密碼、通行密鑰、驗證碼、機關登入都會失效，其他地方也會登出。開啟轉介仍要用您自己的密語。",
        (
            "When you send this, the account's old password, passkeys, one-time codes and agency sign-in end, and it is "
            "signed out everywhere. Opening handoffs still takes your own unlocking words."
        ),
    ),
    "accounts_your_name": ("帳號名稱", "Account name"),
    "accounts_your_rights": ("可以做的事", "What you may do"),
    "accounts_choose_name": ("您的帳號名稱", "Your account name"),
    "accounts_join_password": ("用密碼加入", "Join with a password"),
    "accounts_after_password": (
        "下一步還要設定第二道：通行密鑰，或手機上的驗證碼。",
        "Next you set up a second step: a passkey, or one-time codes on your phone.",
    ),
    "accounts_after_password_codes": (
        "下一步還要設定第二道：手機上的驗證碼。",
        "Next you set up a second step: one-time codes on your phone.",
    ),
    "accounts_unnamed": ("沒有取名", "Unnamed"),
    "accounts_by_passkey": ("用通行密鑰，不用密碼（建議）", "With a passkey, without a password (best)"),
    "accounts_or_password": ("或者，用密碼", "Or with a password"),
    "accounts_after_passkey": (
        (
            "通行密鑰（passkey）用指紋、臉或裝置密碼登入，不怕被騙走。按下後請在下一頁馬上登記；"
            "沒有登記就離開，要再請管理人員給一次連結。"
        ),
        (
            "A passkey signs you in with fingerprint, face or the device's code, and cannot be tricked out of you. "
            "Register it on the next page at once; if you leave without it, you need another link."
        ),
    ),
    "accounts_join_passkey": ("用通行密鑰加入", "Join with a passkey"),
    "accounts_gone_heading": ("這個連結不能用了", "This link does not work"),
    "accounts_gone_what": (
        "可能已經用過、過了期限、被收回，或是網址沒有貼完整。",
        "It may have been used, be too old, have been taken back, or not be the whole address.",
    ),
    "accounts_gone_next": (
        "請找給您連結的同事再給一次。如果不是您自己用掉的，請馬上告訴對方。",
        "Ask whoever gave it to you for a new one. If it was used and not by you, tell them at once.",
    ),
    # Passwords
    "accounts_new_password": ("新密碼", "New password"),
    "accounts_again": ("再輸入一次新密碼", "New password again"),
    "accounts_present_password": ("目前的密碼", "Present password"),
    "accounts_password_title": ("變更密碼", "Change password"),
    "accounts_password_set": ("設定密碼", "Set a password"),
    "accounts_password_save": ("儲存新密碼", "Save the new password"),
    "accounts_password_due": (
        "密碼已使用 {days} 天，請先換一個，再繼續工作。",
        "Your password is {days} days old. Please change it before you go on.",
    ),
    "accounts_password_ends": (
        "儲存後，這個帳號在其他地方會登出。密碼和解鎖用的密語是兩回事，密語不會變。",
        "You will be signed out everywhere else. The words that unlock handoffs are another thing and stay as they are.",
    ),
    "accounts_rules": (
        "{shortest} 到 {longest} 個字元，什麼字都可以，空白也可以。幾個不相干的詞連起來，好記又難猜。",
        "{shortest} to {longest} characters of any kind, blanks too. Some unrelated words in a row are easy to keep in mind.",
    ),
    "accounts_rules_kinds": (
        "大寫、小寫、數字、其他符號，至少要有 {kinds} 種。",
        "At least {kinds} kinds of: upper case, lower case, digits, other characters.",
    ),
    "accounts_rules_old": ("不能和最近 {count} 次的密碼相同。", "None of your last {count} passwords."),
    "accounts_rules_lasts": ("每 {days} 天要換一次。", "It must be changed every {days} days."),
    "accounts_fault_short": (
        "密碼太短：至少要 {shortest} 個字元。",
        "Too short: {shortest} characters or more.",
    ),
    "accounts_fault_long": ("密碼太長：最多 {longest} 個字元。", "Too long: {longest} characters at most."),
    "accounts_fault_kinds": (
        "字元種類不夠：大寫、小寫、數字、其他符號，至少要有 {kinds} 種。",
        "Too few kinds of characters: {kinds} of upper case, lower case, digits and others.",
    ),
    "accounts_fault_known": (
        "這個密碼太容易猜：是常見的密碼、帳號名稱、有規律的字，或幾乎只有這些。請換一個。",
        "Too easy to guess: a common password, the account's name, a pattern, or little else. Please choose another.",
    ),
    "accounts_fault_used": (
        "這個密碼最近用過（最近 {count} 次）。",
        "It is one of your last {count} passwords.",
    ),
    "accounts_fault_young": (
        "密碼今天才換過，明天才能再換。如果可能被別人知道了，請馬上找管理帳號的同事。",
        (
            "Your password was changed less than a day ago and can be changed again tomorrow. If somebody may know it, "
            "tell the colleague who manages accounts at once."
        ),
    ),
    "accounts_fault_differ": ("兩次輸入的新密碼不一樣。", "The two new passwords are not the same."),
    "accounts_fault_wrong": (
        "目前的密碼不正確，或嘗試太多次。連續五次不正確，要等 15 分鐘。",
        "The present password is not right, or there were too many tries. After five wrong tries, wait 15 minutes.",
    ),
    # My account
    "accounts_me_title": ("我的帳號", "My account"),
    "accounts_to_me": ("回到我的帳號", "Back to my account"),
    "accounts_second_heading": ("還差一步", "One more step"),
    "accounts_second_why": (
        "請現在設定第二道登入方式。設定好以後，其他頁面才會打開。",
        "Please set up a second way to sign in now. The other pages open after that.",
    ),
    "accounts_add_passkey": ("登記通行密鑰（建議）", "Register a passkey (best)"),
    "accounts_add_codes": ("設定驗證碼", "Set up one-time codes"),
    "accounts_rights_who": (
        "權限由管理帳號的同事設定，沒有人能改自己的。",
        "Rights are set by the colleague who manages accounts; nobody changes their own.",
    ),
    "accounts_ways": ("登入方式", "Ways to sign in"),
    "accounts_way": ("方式", "Way"),
    "accounts_way_passkey": ("通行密鑰", "Passkey"),
    "accounts_way_password": ("密碼", "Password"),
    "accounts_way_code": ("驗證碼", "One-time codes"),
    "accounts_way_agency": ("機關登入", "Agency sign-in"),
    "accounts_count_passkeys": ("通行密鑰 {count} 個", "Passkeys: {count}"),
    "accounts_no_ways": ("沒有：這個人現在無法登入", "None: this person cannot sign in"),
    "accounts_is_set": ("已設定", "Set up"),
    "accounts_not_set": ("沒有設定", "Not set up"),
    "accounts_set_on": ("設定於", "Set on"),
    "accounts_unused": ("還沒用過", "not used yet"),
    "accounts_manage_passkeys": ("登記或移除", "Register or remove"),
    "accounts_manage_codes": ("設定或更換", "Set up or replace"),
    "accounts_manage_agency": ("連結或解除", "Connect or disconnect"),
    "accounts_my_sessions": ("我現在登入的地方", "Where I am signed in"),
    "accounts_my_sessions_why": (
        "如果有一個不是您，請按「登出」，並馬上換密碼、告訴管理帳號的同事。",
        "If one of these is not you, sign it out, change your password and tell the colleague who manages accounts.",
    ),
    "accounts_sessions": ("現在登入的地方", "Signed in now"),
    "accounts_sessions_none": ("現在沒有登入。", "Not signed in."),
    "accounts_method": ("登入方式", "Signed in with"),
    "accounts_method_password": ("密碼", "Password"),
    "accounts_method_half": ("密碼，還沒有第二道", "Password, no second step yet"),
    "accounts_method_passkey": ("通行密鑰", "Passkey"),
    "accounts_method_oidc": ("機關登入", "Agency sign-in"),
    "accounts_since": ("登入時間", "Since"),
    "accounts_used": ("最後使用", "Last used"),
    "accounts_this_one": ("這裡", "Here"),
    "accounts_end_session": ("登出", "Sign out"),
    "accounts_end_others": ("登出其他所有地方", "Sign out everywhere else"),
    # One account
    "accounts_one_title": ("一個帳號", "An account"),
    "accounts_save_rights": ("儲存權限", "Save rights"),
    "accounts_reset": ("對方無法登入了", "They cannot sign in any more"),
    "accounts_reset_text": (
        "忘了密碼、手機遺失，都用這裡：產生一個連結，請對方重新設定。請先確定真的是本人。",
        "For a forgotten password or a lost phone: make a link by which they set it up anew. First be sure it is them.",
    ),
    "accounts_enable": ("重新啟用", "Enable again"),
    "accounts_enable_text": (
        "產生一個連結；對方用它設定新的登入方式後，帳號才會恢復。舊的密碼和通行密鑰不會再有效。請先看過上面的權限。",
        (
            "Make a link; the account opens again when they use it to set up new ways in. "
            "Old passwords and passkeys stay dead. Look at the rights above first."
        ),
    ),
    "accounts_disable": ("停用這個帳號", "Disable this account"),
    "accounts_disable_text": (
        "離職、調職、裝置遺失時，馬上停用：所有登入立刻結束，金鑰鎖上。對方做過的紀錄都會留著。",
        (
            "When somebody leaves, or a device is lost: all sessions end at once and the vault is locked. "
            "What they did stays on record."
        ),
    ),
    # Why something was not done
    "accounts_why_no_right": (
        "您沒有管理帳號的權限，資料沒有變更。",
        "You may not manage accounts. Nothing was changed.",
    ),
    "accounts_why_own_rights": (
        "沒有人能改自己的權限或替自己產生連結，請找另一位管理帳號的同事。",
        "Nobody sets their own rights or makes a link for themselves: ask another colleague who manages accounts.",
    ),
    "accounts_why_mixed_rights": (
        "沒有儲存。「管理帳號」不能和「開啟轉介」或「匯出」在同一個帳號。需要兩種工作的人，請分給兩位同事。",
        (
            'Not saved. "Manage accounts" cannot go together with "Open" or "Export". '
            "Give the two kinds of work to two people."
        ),
    ),
    "accounts_why_no_rights": (
        "請至少選一項權限。要收回全部權限，請停用帳號。",
        "Choose at least one. To take all rights away, disable the account.",
    ),
    "accounts_why_bad_name": (
        "這個名稱不能用：1 到 64 個字，不能有看不見的字元或連續空白。",
        "This name cannot be used: 1 to 64 characters, none of them invisible, no blanks in a row.",
    ),
    "accounts_why_taken": (
        "已經有一樣或看起來一樣的名稱（包括停用的帳號和還沒使用的連結）。請換一個。",
        "There is such a name, or one that looks like it (disabled accounts and unused links count). Choose another.",
    ),
    "accounts_why_vault_stays": (
        "沒有儲存：這個帳號以前的金鑰檔移不開。請系統管理人員看主機上的 desk/vaults。",
        "Not saved: this account's key file of before cannot be put away. Ask the system administrator to look at desk/vaults.",
    ),
    "accounts_why_gone": (
        "已經不在了：可能剛被使用或收回。",
        "It is gone: it may just have been used or taken back.",
    ),
    "accounts_why_last_admin": (
        "沒有執行。這是最後一個能管理帳號的人；請先邀請另一位，再停用或改權限。",
        "Not done. This is the last one who can manage accounts: invite another first.",
    ),
}
