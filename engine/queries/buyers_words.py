"""What buyers type, made comparable: simplified, half-width, small, without signs and numbers of orders."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

#: Of a sentence that is compared; what stands behind says no more of what the buyer wants.
LONGEST: Final = 300
_TRADITIONAL: Final = (
    "貨發髮還沒壞壓裡裏顏圖樣錯換單買賣賠補償評訴維權開關閉稅專電話機號碼寬緊鬆長褲襪領廠現場時間幾點為麼嗎請問謝對應該給個們這會來過進運遞達簽郵費錢價優劃貴減讓滿贈禮總數質題線紗縫髒臟舊損傷斷縮變異聲響燈"
    "熱涼凍風氣濾腦視頻實際與說講寫記認識許諾證據辦處決協調員務態罵騙偽訂購車網頁鋪圓韻順豐國灣歐亞韓蘇廣東區縣鎮鄉門師裝護檢測設計磚牆塊層條雙隻張組幫啟動靜體適選擇試蓋濕燙曬濃淺綠藍紅黃銀鐵鋼銹鏽塗劑藥蟲"
    "黴無滅煙雜陳舉報導寶貝親愛歡厭惡醜臉頭腳膚淚嚴誠釋傳遠遲週後從將當經結續終紙殼鍵鎖鏡鐘錶錄資訊連邊麵飯飲餅餘夠齊齣離難養嬰兒歲學習讀書畫筆劉趙鄭吳孫馬鳥魚龍麗團採庫儲預約載轉輕輸輪軟較輛軌擔擋擠撐搶掃"
    "撥撿敗敵斃於曆歷職聯聽肅腫膠腸膽藝蘋蘭虛虧複復規覺觀觸訪訓詐詢詳誇誤誰諮謊譯議豬負財販責貪貸貼賀賓賞賤賬帳賴贏趕跡踐躍農遊違遺鄰醫釘釦針鈕鈴鉤銷鋸錫鍋鏈鑽閃閱闆隊陰陽階隨險隱雖雞雲霧靈韌頂項須頓頗額顆"
    "願類顧顯飛驗驚鬧鬥麥黏億僅傾儘盡內兩凈淨劇劍勝勞勢匯參卻嘗嚇噴圍執夾奪奮婦媽孃寧審尋屆屬島巖幣幹乾廢強彈彎徑徵恆悶惱慘慣慮憂憑懷懶戰戲戶擬攔攜攤敘昇曉暫暈棄棟極構槍樂標樓橋橫檔櫃欄殘毀氈況洩漲潔潛潤澀"
    "濟瀉灑爐爛爭爺牽狀獎獨獲瑪環產畢療癢皺盤眾睜瞭確礙稱種穩窩競筍節範築簡簾籃糧糾紀納純級細紹絨統絲綁緒緣編緩縱織繞繡繩繪繳罰羅義臨艙芻莊葉著蓮薦虜蝦襯襲牀係冇唔嘅咗"
)
_SIMPLIFIED: Final = (
    "货发发还没坏压里里颜图样错换单买卖赔补偿评诉维权开关闭税专电话机号码宽紧松长裤袜领厂现场时间几点为么吗请问谢对应该给个们这会来过进运递达签邮费钱价优划贵减让满赠礼总数质题线纱缝脏脏旧损伤断缩变异声响灯"
    "热凉冻风气滤脑视频实际与说讲写记认识许诺证据办处决协调员务态骂骗伪订购车网页铺圆韵顺丰国湾欧亚韩苏广东区县镇乡门师装护检测设计砖墙块层条双只张组帮启动静体适选择试盖湿烫晒浓浅绿蓝红黄银铁钢锈锈涂剂药虫"
    "霉无灭烟杂陈举报导宝贝亲爱欢厌恶丑脸头脚肤泪严诚释传远迟周后从将当经结续终纸壳键锁镜钟表录资讯连边面饭饮饼余够齐出离难养婴儿岁学习读书画笔刘赵郑吴孙马鸟鱼龙丽团采库储预约载转轻输轮软较辆轨担挡挤撑抢扫"
    "拨捡败敌毙于历历职联听肃肿胶肠胆艺苹兰虚亏复复规觉观触访训诈询详夸误谁咨谎译议猪负财贩责贪贷贴贺宾赏贱账账赖赢赶迹践跃农游违遗邻医钉扣针钮铃钩销锯锡锅链钻闪阅板队阴阳阶随险隐虽鸡云雾灵韧顶项须顿颇额颗"
    "愿类顾显飞验惊闹斗麦粘亿仅倾尽尽内两净净剧剑胜劳势汇参却尝吓喷围执夹夺奋妇妈娘宁审寻届属岛岩币干干废强弹弯径征恒闷恼惨惯虑忧凭怀懒战戏户拟拦携摊叙升晓暂晕弃栋极构枪乐标楼桥横档柜栏残毁毡况泄涨洁潜润涩"
    "济泻洒炉烂争爷牵状奖独获玛环产毕疗痒皱盘众睁了确碍称种稳窝竞笋节范筑简帘篮粮纠纪纳纯级细绍绒统丝绑绪缘编缓纵织绕绣绳绘缴罚罗义临舱刍庄叶着莲荐虏虾衬袭床系没不的了"
)
_TO_SIMPLIFIED: Final = str.maketrans(_TRADITIONAL, _SIMPLIFIED)
#: A word of letters and digits. It may be the number of an order, a parcel or a customer with so many digits, where it
#: has something else as well, and with so many where it has nothing but digits.
_TOKEN: Final = re.compile(r"(?<![A-Za-z0-9-])[A-Za-z0-9][A-Za-z0-9-]{3,31}(?![A-Za-z0-9-])")
_DIGITS_AMONG_LETTERS: Final = 4
_DIGITS_ALONE: Final = 8
#: What is said right before an order's number.
_ORDER: Final = re.compile(r"[订訂][单單](?:[编編]?[号號]码?)?\s*(?:是|为|為)?\s*[:#]?\s*\Z")
_MOST_NUMBERS: Final = 3


def normalised(sentence: str) -> str:
    """The sentence as the decision compares it; what separates is one space, and none stands at its ends.

    Numbers of orders are left out: their digits say nothing of what the buyer wants.
    """
    text = unicodedata.normalize("NFKC", sentence[: 4 * LONGEST]).casefold().translate(_TO_SIMPLIFIED)
    text = _TOKEN.sub(lambda found: " " if _is_number(found.group()) else found.group(), text)
    kept = "".join(char if char.isalnum() else " " for char in text)
    return " ".join(kept.split())[:LONGEST].rstrip()


def numbers_in(sentence: str) -> tuple[str, ...]:
    """What may be the number of an order, a parcel or a customer, as typed but half-width; the first three."""
    text = unicodedata.normalize("NFKC", sentence)
    found = dict.fromkeys(match.group() for match in _TOKEN.finditer(text) if _is_number(match.group()))
    return tuple(found)[:_MOST_NUMBERS]


def order_said(sentence: str) -> str | None:
    """The number that the buyer calls the order's, known to the shop or not."""
    text = unicodedata.normalize("NFKC", sentence)
    for match in _TOKEN.finditer(text):
        if _is_number(match.group()) and _ORDER.search(text[: match.start()]):
            return match.group()
    return None


def _is_number(token: str) -> bool:
    least = _DIGITS_ALONE if token.isdigit() else _DIGITS_AMONG_LETTERS
    return sum(char.isdigit() for char in token) >= least
