"""Words of signing in and proving who one is."""

from __future__ import annotations

from collections.abc import Mapping

#: Key: Chinese, English. Keys of this topic begin with its name.
WORDS: Mapping[str, tuple[str, str]] = {
    # The sign-in page
    "signing_passkey_title": ("用通行密鑰登入", "Sign in with a passkey"),
    "signing_passkey_text": (
        "用您設定過的手機、電腦或安全金鑰，不必輸入帳號和密碼。",
        "With the phone, computer or security key that you set up; no name or password to type.",
    ),
    "signing_passkey_button": ("使用通行密鑰", "Use a passkey"),
    "signing_no_scripts": (
        "通行密鑰需要瀏覽器執行程式碼（JavaScript）。現在關閉了，請改用密碼登入，或請資訊人員協助開啟。",
        "Passkeys need scripts (JavaScript), which are off in this browser. Use your password, or ask for scripts to be switched on.",
    ),
    "signing_no_passkeys": (
        "這個瀏覽器不能使用通行密鑰，請用別的方式。",
        "This browser cannot use passkeys. Please use another way.",
    ),
    "signing_not_done": (
        "沒有完成。可以再按一次；如果裝置沒有反應，請用別的方式。",
        "That was not completed. You may press again; if your device does nothing, use another way.",
    ),
    "signing_password_title": ("用密碼登入", "Sign in with a password"),
    "signing_code": ("驗證碼（6 位數字）", "One-time code (6 digits)"),
    "signing_code_help": (
        "手機驗證器 App 現在顯示的數字。還沒設定的話，請留空。每個數字只能用一次。",
        "The digits that your authenticator app shows now. Leave empty if you have not set one up. Each works once.",
    ),
    "signing_agency_title": ("用貴單位的帳號登入", "Sign in with your agency's account"),
    "signing_agency_button": ("前往貴單位的登入頁", "Go to your agency's sign-in"),
    # Refusals. None of them says whether an account exists.
    "signing_refused": (
        "無法登入。帳號、密碼或驗證碼不正確，或是嘗試太多次。設定過通行密鑰的話，請用通行密鑰。連續五次不正確，密碼要等 15 分鐘才能再試。",
        "Could not sign in. The name, password or code is wrong, or there were too many tries. If you have a passkey, use it. After five wrong tries a password must wait 15 minutes.",
    ),
    "signing_passkey_refused": (
        "這次沒有登入。請再按一次「使用通行密鑰」，或改用密碼。一直不行的話，請找管理帳號的同事。",
        "You are not signed in. Press “Use a passkey” again, or use your password. If it keeps failing, ask the colleague who manages accounts.",
    ),
    "signing_agency_refused": (
        "這次沒有登入。可能是等太久，或您的帳號還沒有和貴單位的登入連結。請再試一次，或用別的方式登入。",
        "You are not signed in. It may have taken too long, or your account is not linked yet. Try again, or use another way.",
    ),
    "signing_agency_weak": (
        "貴單位的登入只確認了一道（例如密碼），這裡還需要驗證碼，但這個帳號沒有設定。請用通行密鑰登入。",
        "Your agency's sign-in took one step only, such as a password. A one-time code is needed here too, and none is set up. Use your passkey.",
    ),
    "signing_agency_down": (
        "現在連不上貴單位的登入服務。請用別的方式登入，或稍後再試。",
        "Your agency's sign-in cannot be reached now. Use another way, or try later.",
    ),
    # On the way to an agency and back
    "signing_onward_title": ("請稍候", "One moment"),
    "signing_onward_out": ("正在前往貴單位的登入頁。", "Taking you to your agency's sign-in."),
    "signing_onward_back": ("正在回到後台。", "Taking you back to the office."),
    "signing_onward_link": ("沒有反應的話，請按這裡繼續", "Continue here if nothing happens"),
    # The code alone
    "signing_code_title": ("再輸入驗證碼", "One more step: your code"),
    "signing_code_text": (
        "貴單位已確認您的帳號。請輸入手機驗證器 App 現在顯示的 6 位數字。",
        "Your agency has confirmed your account. Type the 6 digits that your authenticator app shows now.",
    ),
    "signing_code_refused": (
        "這個驗證碼不能用。請等 App 換下一組數字再輸入。連續五次不對，要等 15 分鐘；總共十次不對，要請管理帳號的同事重設。",
        "This code does not work. Wait until the app shows the next one. After five wrong ones wait 15 minutes; after ten, ask the colleague who manages accounts to reset it.",
    ),
    "signing_continue": ("繼續", "Continue"),
    # Proving again
    "signing_prove_title": ("請再確認一次是您本人", "Please confirm that it is you"),
    "signing_prove_text": (
        "接下來的動作很重要。確認之後會回到您剛才的頁面；10 分鐘內不會再問。",
        "What comes next matters. Afterwards you are back on your page, and are not asked again for 10 minutes.",
    ),
    "signing_prove_again": (
        "剛才的動作還沒有做。確認之後會回到那一頁，請再按一次。",
        "What you pressed has not been done yet. Afterwards you are back on that page: please press again.",
    ),
    "signing_prove_refused": (
        "無法確認。請再試一次；連續五次不正確，要等 15 分鐘。",
        "That could not be confirmed. Please try again; after five wrong tries, wait 15 minutes.",
    ),
    "signing_prove_passkey": ("用通行密鑰確認", "Confirm with a passkey"),
    "signing_prove_password": ("用密碼確認", "Confirm with your password"),
    "signing_prove_button": ("確認", "Confirm"),
    "signing_prove_agency": ("用貴單位的帳號確認", "Confirm with your agency's account"),
    "signing_prove_agency_refused": (
        "貴單位沒有確認是您本人：可能是等太久、登入了另一個帳號，或沒有再問一次您是誰。請再試一次，或用別的方式確認。",
        (
            "Your agency did not confirm that it is you: it may have taken too long, been another account there, or you were "
            "not asked again. Try again, or confirm in another way."
        ),
    ),
    "signing_prove_none": (
        "這個帳號在這裡沒有可以直接確認的方式。請登出再登入一次，剛登入的 10 分鐘內不需要確認。",
        "There is no way to confirm for this account here. Sign out and in again: within 10 minutes of signing in nothing needs confirming.",
    ),
    "signing_prove_leave": ("先不做，回到首頁", "Not now, go to the first page"),
    # One's own passkeys
    "signing_passkeys_title": ("我的通行密鑰", "My passkeys"),
    "signing_passkeys_text": (
        "通行密鑰存在您的手機、電腦或安全金鑰裡，登入時用指紋、臉部或裝置的 PIN 確認。建議設定兩個，一個壞了還有另一個。",
        "A passkey lives in your phone, computer or security key; you confirm with a finger, your face or the device's PIN. Set up two, in case one breaks.",
    ),
    "signing_passkeys_none": ("還沒有通行密鑰。", "There are no passkeys yet."),
    "signing_passkeys_full": (
        "已經有 {most} 個，請先移除一個不用的。",
        "You have {most} already; remove one that you no longer use.",
    ),
    "signing_passkeys_address": (
        "這個後台的網址是數字位址，不能用通行密鑰。請用有名稱的網址，或改用密碼加驗證碼。",
        "This office is reached at a numeric address, where passkeys do not work. Use its name, or a password with codes.",
    ),
    "signing_label": ("名稱", "Name"),
    "signing_label_help": ("例如：辦公室電腦、我的手機", "For example: office computer, my phone"),
    "signing_unnamed": ("（沒有名稱）", "(no name)"),
    "signing_added_on": ("加入時間", "Added"),
    "signing_used_on": ("上次使用", "Last used"),
    "signing_never_used": ("還沒用過", "Not yet"),
    "signing_action": ("動作", "Action"),
    "signing_add": ("加入通行密鑰", "Add a passkey"),
    "signing_add_title": ("加入新的通行密鑰", "Add a new passkey"),
    "signing_add_refused": (
        "沒有加入。請再按一次；同一個裝置不能加入兩次。",
        "It was not added. Please press again; one device cannot be added twice.",
    ),
    "signing_remove": ("移除", "Remove"),
    "signing_remove_named": ("移除 {label}", "Remove {label}"),
    "signing_last_way": (
        "沒有移除：這是您最後一個登入方式。請先設定另一個。",
        "Nothing was removed: it is your last way in. Set up another one first.",
    ),
    "signing_back": ("回到我的帳號", "Back to my account"),
    # One's own codes
    "signing_totp_title": ("設定驗證碼", "Set up one-time codes"),
    "signing_totp_new": (
        "您已經設定過驗證碼。完成下面的步驟後，就改用新的，舊的不能再用。",
        "You have codes already. When you finish the steps below, the new ones count and the old ones no longer work.",
    ),
    "signing_totp_step_1": (
        "在手機上打開驗證器 App（任何一種都可以）。",
        "Open an authenticator app on your phone; any of them will do.",
    ),
    "signing_totp_step_2": ("用 App 掃描這張圖：", "Scan this picture with the app:"),
    "signing_totp_type": (
        "不能掃描的話，請在 App 選「手動輸入」，輸入這組文字：",
        "If you cannot scan, choose manual entry in the app and type this:",
    ),
    "signing_totp_step_3": ("輸入 App 現在顯示的 6 位數字：", "Type the 6 digits that the app shows now:"),
    "signing_totp_alt": ("驗證器 App 要掃描的圖", "Picture for the authenticator app"),
    "signing_totp_refused": (
        "這組數字不對。請確認手機的時間正確，等下一組數字出現再輸入。",
        "These digits are not right. Check that the phone's clock is right, and type the next ones.",
    ),
    "signing_totp_button": ("完成設定", "Finish"),
    "signing_totp_keep": (
        "請不要拍照或截圖這一頁：拿到這張圖的人就能產生您的驗證碼。",
        "Take no photo of this page: whoever has the picture can make your codes.",
    ),
    # One's own binding to an agency
    "signing_bind_title": ("連結貴單位的登入", "Link your agency's sign-in"),
    "signing_bind_text": (
        "連結後，可以用貴單位的帳號登入這裡：",
        "Once linked, you can sign in here with your agency's account at:",
    ),
    "signing_bind_none": ("目前沒有連結。", "It is not linked now."),
    "signing_bind_done": ("已經連結。", "It is linked."),
    "signing_bind": ("連結", "Link"),
    "signing_unbind": ("取消連結", "Unlink"),
    "signing_agency_taken": (
        "沒有連結：另一個帳號已經連結了同一個身分。請找管理帳號的同事。",
        "Not linked: another account is linked to the same identity. Ask the colleague who manages accounts.",
    ),
}
