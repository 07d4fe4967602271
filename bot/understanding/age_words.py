"""
The words by which people say ages, in six languages, as they are typed; `_` is a space. What is made of them stands in `ages.py`.

In each list Chinese comes first, then what is in Latin letters, with and without its marks, then Thai.
"""

from __future__ import annotations

#: Behind a number: an age, whatever stands before it.
UNITS = """
    歲 岁 ㄙㄨㄟˋ 足歲
    yo y_o y,o yrs_old yr_old year_old years_old yearold yearsold years_of_age year_of_age yrs_of_age tuổi
    tuoi tuôi tủi t anyos nyos taong_gulang tong_gulang na_taong_gulang taon_gulang taon_na_po_ako
    taon_na_ako taon_ako taon_lang_ako y/o yr_olds year_olds
    ขวบ
"""

#: Between a number and its unit: some more, a half.
MORE = """
    多 幾 几 出頭 出头
    rưỡi half and_a_half na
    กว่า
"""

#: Behind a number: an age, or how long something lasts.
YEARS = """
    年
    years yrs yr year tahun thn th taun tahunan taon năm nam yo
    ปี
"""

#: Behind years: so long ago.
AGO = """
    前 以前 之前
    ago lalu yang_lalu yg_lalu silam kemarin trước truoc trc na_ang_nakalipas nakaraan ang_nakaraan
    na_nakalipas nakalipas na_ang_nakararaan back_then earlier before na_nung noon
    ก่อน ที่แล้ว มาแล้ว
"""

#: Behind years: so long has it lasted.
LASTING = """
    together married marriage relationship with in_prison prison jail jailed in_taiwan here working later
    after penjara pacaran menikah nikah kerja bersama lebih lamanya di_taiwan disini kontrak rồi qua nay tù
    yêu cưới kami kaming na_kami kulong pagkakakulong sa_taiwan nang ng_pagsasama kontrata
    ต่อมา แล้วที่ กว่าแล้ว กว่าๆที่ ที่อยู่ ที่ทำ คุก จำคุก ที่คบ
"""

#: Before years: the same.
LASTING_BEFORE = """
    for selama sudah_menikah menikah pacaran hubungan suốt được_mấy quen_nhau yêu_nhau in_the_last last past
    over_the_past kasal magkarelasyon sa_loob_ng after within every sebelum penjara hukuman kontrak đi_làm
    คบกัน คบกันมา คบมา แต่งงาน แต่งงานมา แต่งกันมา อยู่มา ทำงานมา อยู่ไต้หวัน มาไต้หวัน มา ผ่านมา ติดคุก
    จำคุก โทษ
"""

#: Behind a number: it is of anything else.
OTHER_UNITS = """
    萬 万 千 百 元 塊 块 個 个 張 张 次 天 月 號 号 日 人 點 点 分 秒 週 周 小時 小时 樓 楼 支 部 則 篇 封 通 位 名 倍 成 折 公里 度 頁 段 層 种 種 台 輛 片 組 本
    件 條 趟 遍 級 代 世紀 年
    k m rb ribu jt juta tr triệu trieu nghìn ngàn ngan ngày ngay tháng thang tuần tuan giờ gio phút phut
    giây giay lần lan người nguoi đô củ cu xu chai tấm tam cái cai bức clip video ảnh anh hình hinh usd ntd
    nt twd php peso pesos piso dollars dollar bucks baht bath đồng dong vnd rupiah idr percent persen days
    day weeks week months month mos hours hour hrs hr h mins min minutes minute sec seconds am pm oclock
    times time people ppl person photos photo pics pic videos vids messages msgs calls accounts groups
    members followers views likes men guys girls boys women friends students pupils staff nt$ bulan bln hari
    minggu jam menit detik kali orang org foto anak akun grup member teman temen lembar biji buah lbr araw
    linggo buwan oras minuto beses tao katao libo thousand hundred million milyon litrato piraso gc buwang
    araw_na g gb mb kg km cm st nd rd fps mm x
    บาท หมื่น พัน แสน ล้าน ร้อย คน วัน เดือน สัปดาห์ อาทิตย์ ชั่วโมง ชม โมง ทุ่ม นาที วินาที ครั้ง รูป ภาพ
    คลิป ใบ ข้อ เปอร์เซ็นต์ กลุ่ม แอค เบอร์ ชิ้น ตัว ห้อง ชั้น หยวน ดอลลาร์ เหรียญ
"""

#: Before a number: the same.
NO_AGE_BEFORE = """
    第
    nt ntd twd php rp usd no no. số so nomor kelas grade lớp lop lp gr kls chapter page #
    ครั้งที่ ข้อ ที่ ม ป
"""

#: Before a bare number: it is the age of somebody.
PERSONS = """
    我 今年 才 只有 剛滿 刚满 滿 满 未滿 未满 不到 已經 已经 快 女兒 女儿 兒子 儿子 妹妹 弟弟 姊姊 姐姐 我妹 我弟 我姊 年齡 年齢 年龄 歲數 她 他 我是 現在 现在 當時 当时 那時
    那时 那年 剛 刚 還沒 还没 孩子 小孩 學生 学生 朋友 個案 个案 被害人 當事人 快要 也 都
    im i_am i_m am iam i_was was is shes hes she_is he_is age aged ages turned turning turn just only
    im_only barely being be under below over above at she he daughter son girl boy sister brother niece
    nephew student pupil victim friend client child kid cousin patient me now still already im_now then him
    her teen teenager nearly almost about around not yet umur umurku umurnya usia usiaku usianya berumur
    berusia aku ak gw gue gua saya sy masih baru anak anakku adik adikku adek dia genap pas waktu nya cuma
    murid siswi siswa korban keponakan ponakan umr skrg sekarang udah sudah kami belum umure em con cháu
    chau mình minh tôi toi tui mới moi được dc tròn tron năm_nay nam_nay bé nó cháu_nó gái trai lúc luc hồi
    hoi khi nay chưa_đủ chua_du chưa chua đủ du dưới duoi trên tren sắp sap t tao e ako ko sya siya edad
    age_ko lang nung noong nun palang pa_lang anak_ko kapatid ko_po po pinsan estudyante na mag wala_pang
    wala_pa di_pa hindi_pa bata
    อายุ หนู ผม เรา ฉัน ดิฉัน น้อง เพิ่ง แค่ ลูก ลูกสาว ลูกชาย วัย ตอน ครบ ย่าง เต็ม เกิน ไม่ถึง ต่ำกว่า
    เด็ก หลาน แล้ว อายุแค่ อายุเพิ่ง ตอนนี้ ตอนนั้น ปีนี้ กู นักเรียน ก็ เธอ เขา เค้า มัน พี่ ยังไม่ จะ ใกล้
    ผู้เสียหาย เหยื่อ อ่ายุ
"""

#: Behind a bare number: the same.
PERSONS_AFTER = """
    ako ko sya siya lang lng palang pa_lang na_po po_ako aq ngayon years_old nung nun noon nè nek nhé thôi
    thui male female f m
"""

#: Before a small number in words at the end of a clause: the same.
SHE_IS = """
    shes hes she_is he_is theyre
"""

#: What may stand behind a number that is all somebody says.
POLITE = """
    喔 啦 欸 了
    po ạ nè nha nhé kak min sir ma,am
    ค่ะ ครับ คะ คับ จ้า
"""

#: An age beside these is of now.
NOW = """
    現在 现在 今年 目前 如今 已經 已经
    now currently today this_year skrg sekarang saat_ini tahun_ini skg giờ bây_giờ bay_gio gio hiện hiện_tại
    hien_tai năm_nay nam_nay ngayon ngaun na_ako na_sya
    ตอนนี้ ปีนี้ เดี๋ยวนี้ ปัจจุบัน
"""

#: An age behind these is of then.
THEN = """
    當時 当时 那時 那时 那年 以前 小時候 当年 當年 那個時候
    when_i_was when_she_was when_he_was when_they_were since_i_was i_was she_was he_was was_only was_just
    back_when from_when at_age at_the_age_of then back_then at_the_time was were when hồi lúc khi hoi luc
    ngày_xưa hồi_đó lúc_đó năm_em từ_năm waktu wkt pas saat ketika dulu jaman zaman sejak wktu nung noong
    nun noon dati
    ตอนนั้น สมัย ตอนถ่าย ตอนอายุ ถ่ายตอน เมื่อตอน ตอนที่
"""

#: An age before these is of then.
THEN_AFTER = """
    的時候 的时候 時 时 那年 拍的 拍 的照片 的影片 錄的 被拍 那時 当时 當時
    of_the_time at_the_time then back_then when waktu_itu wkt_itu saat_itu pas_itu lúc_đó hồi_đó khi_đó
    lúc_ấy lúc_chụp lúc_quay nun noon nung noong nuon
    ตอนนั้น ตอนถ่าย ตอนที่ถ่าย
"""

#: Before eighteen: it is not reached yet.
UNDER = """
    未滿 未满 不到 不滿 不满 還沒滿 还没满 沒滿 没满 快 快要 快滿 快满 將滿 還沒 还没 未到 沒有滿
    under below younger_than less_than not_yet nearly almost not_even before turning soon dưới duoi chưa_đủ
    chua_du chưa_tới chưa_tròn chua_tron chưa chua sắp sap gần di_bawah dibawah bawah belum belum_genap
    belum_sampai kurang_dari blm mau hampir jelang wala_pang wala_pa wala_pa_akong wala_pa_syang di_pa
    hindi_pa bago_mag mag bago
    ต่ำกว่า ไม่ถึง ยังไม่ถึง ยังไม่ ไม่เต็ม ยังไม่ครบ ไม่ครบ ไม่เกิน จะ ใกล้ ก่อน
"""

#: Behind eighteen: the same.
SOON = """
    以下
    soon next_month in_a_month bulan_depan tháng_sau tuần_sau sa_susunod not_yet yet
    เดือนหน้า
"""

#: Before what says that eighteen is passed; with a word of denial it is not.
OVER = """
    超過 超过 過 大於
    over above past older_than more_than beyond trên tren hơn quá di_atas diatas lebih_dari lewat mahigit lampas
    เกิน มากกว่า เลย
"""

#: Behind what says that eighteen is reached; with a word of denial before it is not.
UP = """
    以上 or_older or_over and_over trở_lên ke_atas pataas ขึ้นไป
"""

#: Words that deny what follows, where that says that eighteen is passed.
NOT_PASSED = """
    未 還未 还未 並未 并未 尚未 不 沒 没 chưa chua belum blm hindi_pa di_pa ยังไม่
"""

#: Words that deny what follows.
DENIED = """
    沒有 没有 不是 並不是 并不是 並非 不算 沒 没
    not isn't aren't wasn't am_not i'm_not no_longer never don't không_phải khong_phai không khong ko bukan tidak gak nggak
    ga tdk hindi di ไม่ใช่ ไม่ได้ ไม่
"""

#: Before a span of time and eighteen: so long until then.
LEFT = """
    還差 差 再過 再 過
    còn con coǹ in sisa kurang tinggal lagi sa
    อีก อีกไม่กี่วัน
"""

#: Units of that span.
SPANS = """
    天 個月 月 週 禮拜
    tháng ngày tuần nữa months month days weeks bulan hari minggu buwan araw linggo
    วัน เดือน
"""

#: Before a year: somebody was born then.
BORN = """
    出生 生於 生于 民國 民国
    born born_in born_on was_born_in birth_year year_of_birth sinh sinh_năm sinh_nam sn sinh_ngày năm_sinh
    lahir lahir_tahun lahir_thn lahir_th lahir_di lahirnya kelahiran kelahiran_tahun tahun_lahir thn_lahir
    ipinanganak pinanganak ipinanganak_ako pinanganak_ako ipinanganak_ako_noong pinanganak_ako_noong
    pinanganak_noong kapanganakan birth_year_ko born_ako ako_born
    เกิด เกิดปี เกิดพ,ศ เกิด_พ_ศ พ.ศ. ปีเกิด
"""
