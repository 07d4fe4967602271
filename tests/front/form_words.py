"""The one-time page's words as these tests read them, in Chinese and in English."""

from __future__ import annotations

from collections.abc import Mapping

#: key: (zh_TW, en)
SAID: Mapping[str, tuple[str, str]] = {
    "form_open_line": (
        "這一頁只能打開一次，打開以後可以慢慢寫。旁邊沒有人、方便的時候，再按「打開」。",
        "This page can be opened only once; after that there is time. Press “Open” when nobody is beside you and it suits you.",
    ),
    "form_open": ("打開", "Open"),
    "form_used": (
        "這個連結用不了了：可能過了 15 分鐘、換過新的，或是已經打開過。如果不是你打開的，可能是別人：換一支手機，回到原來的對話再拿一個新的，舊的那一頁就會結束。想馬上找人，請打 113；有立即危險，請打 110。",
        "This link does not work any more: 15 minutes may have passed, you may have taken a new one, or it was opened before. If it was not you, it may have been somebody else: use another phone, go back to the conversation and take a new one; that ends the other page. To reach a person now, call 113; in immediate danger, call 110.",
    ),
    "form_gone": (
        "這一頁已經結束了：可能已經送出、已經清掉，或是換了新的連結。剛才寫的沒有留在這裡。要再寫一次，回到原來的對話拿新的連結就好。想馬上找人，請打 113；有立即危險，請打 110。",
        "This page has ended: it may have been sent, erased, or replaced by a new link. Nothing you wrote was kept here. To write again, take a new link in the conversation. To reach a person now, call 113; in immediate danger, call 110.",
    ),
    "form_already": (
        "這份資料應該已經送出了，不會送第二次；也可能是剛才清掉了。收據代碼只顯示一次，沒記到也沒關係：送出了的，社工一樣會照你寫的方式聯絡你。沒有代碼又想收回或更正，打電話給收件的單位就好，電話在填之前的說明「誰在收」那一段，他們會先確認是你本人。想馬上找人，請打 113；有立即危險，請打 110。",
        "This has probably been sent already and is not sent twice; or it was erased a moment ago. The receipt code is shown only once. It is all right if you did not note it: the social worker will contact you the way you wrote. If you are unsure, ask in the conversation or call 113; in immediate danger, call 110.",
    ),
    "form_dropped": (
        "都清掉了：什麼都沒有送出，也沒有留下來。想法變了，隨時可以回到原來的對話再開始。想馬上找人，請打 113；有立即危險，請打 110。",
        "All cleared: nothing was sent and nothing was kept. If you change your mind, start again from the conversation at any time. To reach a person now, call 113; in immediate danger, call 110.",
    ),
    "form_step": ("第 {number} 步，共 {count} 步", "Step {number} of {count}"),
    "form_stay": (
        "請用這一頁的按鈕前後移動。重新整理或關掉這一頁，寫的就會不見，因為這裡一個字都沒有存。",
        "Please move with the buttons of this page. Reloading or closing it loses what you wrote, because not a word of it is stored here.",
    ),
    "form_head_notices": ("先說清楚", "First, to be clear"),
    "form_head_who": ("怎麼稱呼你、怎麼聯絡才安全", "Who you are, and how to call safely"),
    "form_head_more": ("想多說一點嗎", "Would you like to say more?"),
    "form_head_what": ("發生了什麼、需要什麼", "What happened and what you need"),
    "form_head_review": ("送出前看一遍", "Look it over before it goes"),
    "form_head_consent": ("你同意嗎", "Do you agree?"),
    "form_hint_notices": (
        "下面六件事，是填之前該讓你知道的。看完再決定要不要填；不填，什麼都不會少。",
        "Six things you should know before you fill in anything. Read them, then decide; if you do not, you lose nothing.",
    ),
    "form_hint_who": (
        "只有寫「必填」的要填，其他的想填再填。",
        "Only what says “needed” must be filled in; the rest is up to you.",
    ),
    "form_hint_more": (
        "這一頁全部都可以不填，直接到下一步也可以。",
        "Everything on this page may be left out; you can go straight on.",
    ),
    "form_hint_what": (
        "照你想說的程度就好，不用完整。沒寫的，社工之後可以再聽你說。",
        "Say as much as you want; it need not be complete. A social worker can listen to the rest later.",
    ),
    "form_hint_review": (
        "會送出的就是下面這些，一個字也不多。每一行都可以改，也可以拿掉。",
        "This is all that would be sent, not a word more. You can change or take out every line.",
    ),
    "form_hint_consent": (
        "一項一項看，同意的才勾。都沒勾也沒關係，什麼都不會送出。",
        "Read each one and tick only what you agree to. If you tick none, that is all right: nothing is sent.",
    ),
    "form_group_you": ("你", "You"),
    "form_group_phones": ("其他電話或聯絡方式", "Other numbers or ways to reach you"),
    "form_group_safety": ("怎麼聯絡才安全", "How to contact you safely"),
    "form_group_about": ("關於你", "About you"),
    "form_group_home": ("住的地方", "Where you live"),
    "form_group_trusted": ("可以放心的聯絡人", "Somebody safe to contact"),
    "form_begin": ("看完了，開始填", "I have read it, begin"),
    "form_next": ("下一步", "Next"),
    "form_back": ("上一步", "Back"),
    "form_to_review": ("看整份", "Look it all over"),
    "form_to_consent": ("都對，下一步", "All correct, next"),
    "form_later": ("先不要送", "Not now, do not send"),
    "form_needed": ("（必填）", "(needed)"),
    "form_one_of": ("（電話或地址，填一個就好）", "(a phone number or an address, one is enough)"),
    "form_from_talk": ("這是剛才在對話裡選過的，可以改。", "You chose this in the conversation; you can change it."),
    "form_no_answer": ("先不回答", "Rather not say"),
    "form_pick_none": ("先不選", "Choose none"),
    "form_faults": ("有幾個地方要再看一下", "A few places need another look"),
    "form_change": ("改", "Change"),
    "form_strike": ("不要送這一行", "Do not send this line"),
    "form_restore": ("放回去", "Put it back"),
    "form_struck": ("不會送出的", "Will not be sent"),
    "form_nothing": ("現在還沒有任何內容。", "There is nothing in it yet."),
    "form_add": ("補一項", "Add something"),
    "form_use_needed": ("要勾這一項，社工才收得到。", "A social worker can only receive it if you tick this."),
    "form_use_free": ("不勾也可以送出。", "You can send it without this."),
    "form_use_missing": (
        "還沒勾這一項，所以沒有送出。不同意也沒關係，可以選「先不要送」。",
        "This is not ticked, so nothing was sent. It is all right not to agree: choose “Not now, do not send”.",
    ),
    "form_read_again": ("再看一次填之前的說明", "Read the notices again"),
    "form_send": ("送出給社工", "Send to a social worker"),
    "form_late": (
        "這一頁停了超過 15 分鐘，先暫停了。你寫的都還在，按一下就可以接著寫。如果剛才拿手機的不是你，請按「快速離開」。",
        "This page rested for more than 15 minutes and was paused. All you wrote is still here; press to go on. If somebody else had the phone, press “Quick exit”.",
    ),
    "form_renew": ("接著寫", "Go on"),
    "form_down": (
        "系統暫時沒有回應，還沒有送出。你寫的都還在，可以再試一次。想馬上找人，請打 113；有立即危險，請打 110。",
        "The system does not answer at the moment, and nothing was sent. All you wrote is still here; you can try again. To reach a person now, call 113; in immediate danger, call 110.",
    ),
    "form_changed": (
        "內容和你剛才看到的不一樣了，所以沒有送出。請再看一遍，看過的才會送。",
        "It is not the same as what you saw before, so nothing was sent. Please look it over again; only what you have seen is sent.",
    ),
    "form_closed": (
        "現在暫時不能從這裡送，不是你的問題，什麼都沒有送出。請直接打 113，24 小時都有人接；有立即危險，請打 110。你寫的都還在，可以先複製下來，或晚一點再試。",
        "It cannot be sent from here at the moment. That is not your fault, and nothing was sent. Please call 113, day and night; in immediate danger, call 110. All you wrote is still here: you can copy it, or try later.",
    ),
    "form_often": (
        "今天已經送出好幾份了，這一份沒有送出，前面的社工都收到了。要補充或更正，請用前面的收據代碼回到對話裡說，或打 113；有立即危險，請打 110。",
        "Several were sent today, so this one was not; the earlier ones have arrived. To add or correct something, use an earlier receipt code in the conversation, or call 113; in immediate danger, call 110.",
    ),
    "form_minor": (
        "未滿 18 歲，有另外的人專門幫你，不用填這份表，這裡什麼都沒有送出。可以打 113，24 小時免費，可以先不說名字；也可以先跟一位你相信的大人說。有立即危險，請打 110。",
        "If you are under 18, other people are there especially for you; you do not need this form, and nothing was sent. Call 113, free day and night; you need not give your name. Or tell an adult you trust. In immediate danger, call 110.",
    ),
    "form_minor_mend": ("年齡打錯了，回去改", "I mistyped my age, let me change it"),
    "form_later_line": (
        "好，什麼都還沒有送出。要回去接著寫，還是把這一頁全部清掉？",
        "All right, nothing has been sent. Would you like to go on writing, or clear this page?",
    ),
    "form_drop": ("全部清掉，不送", "Clear everything, send nothing"),
    "form_keep": ("回去接著寫", "Go on writing"),
    "form_copy": ("你寫的內容，可以複製", "What you wrote, to copy"),
    "form_sent_head": ("送出了", "Sent"),
    "form_sent_line": ("社工會收到你寫的這些，只有收件的社工打得開。", "A social worker will get what you wrote, and only they can open it."),
    "form_receipt": ("收據代碼", "Receipt code"),
    "form_receipt_plain": (
        "它看起來就像普通的號碼，沒有寫你是誰、發生什麼事。只會顯示這一次。",
        "It looks like any ordinary number and says nothing about you or what happened. It is shown only once.",
    ),
    "form_receipt_write": (
        "抄在紙上，或記在你常用的地方，旁邊不用寫是什麼。截圖會留在相簿，別人也看得到。",
        "Write it on paper or wherever you note things, without saying what it is. A screenshot stays in your photos, where others may see it.",
    ),
    "form_sent_next": (
        "接下來：社工會照你寫的時間和方式聯絡你，先確認你方便說話。多快，我不能替社工答應。",
        "Next: a social worker contacts you at the time and in the way you wrote, and first asks whether you can talk.",
    ),
    "form_sent_when": (
        "想知道到哪一步、想收回或更正，回到原來的對話，用這個代碼問。代碼不見了也沒關係：要收回或更正，打電話給收件的單位，他們會先確認是你本人。",
        "To learn how far it is, to take it back or to correct it, ask with this code in the conversation.",
    ),
    "form_sent_quiet": (
        "過了你寫的時間還沒有人聯絡，或不想等了：打 113，24 小時都有人接。有立即危險，請打 110。",
        "If nobody calls by the time you wrote, or you do not want to wait: call 113, day and night. In immediate danger, call 110.",
    ),
    "form_sent_clear": (
        "抄好以後，按「離開這一頁」。瀏覽器的瀏覽紀錄要自己刪。",
        "Once you have noted it, leave this page. The browser's history you have to clear yourself.",
    ),
}  # fmt: skip

FORM_ZH: Mapping[str, str] = {key: zh for key, (zh, _) in SAID.items()}
FORM_EN: Mapping[str, str] = {key: en for key, (_, en) in SAID.items()}
