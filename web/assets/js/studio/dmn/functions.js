// FEEL's functions as the server knows them, for the completion: name, parameters, what it gives.
import { english } from './words.js';

const FUNCTIONS = `
abs(n) 绝对值
after(range1, range2) 前者在后者之后
all(list) 列表各项都为真
any(list) 列表有一项为真
append(list, item) 在列表末尾加一项
before(range1, range2) 前者在后者之前
ceiling(n) 向上取整
coincides(range1, range2) 两个区间相同
concatenate(list1, list2) 把几个列表接起来
contains(string, match) 文本包含另一段文本
context(entries) 由键和值组成对象
context merge(contexts) 合并几个对象
context put(context, key, value) 给对象放入一个值
count(list) 列表有几项
date(from) 由文本或日期时刻得到日期
date and time(from) 由文本得到日期和时刻
day of week(date) 星期几(英文)
day of year(date) 一年中的第几天
decimal(n, scale) 四舍六入到几位小数
distinct values(list) 去掉重复的项
duplicate values(list) 列出重复的项
duration(from) 由文本得到时长
during(range1, range2) 前者在后者之中
ends with(string, match) 文本以另一段文本结尾
even(number) 是偶数
exp(number) e 的若干次方
extract(string, pattern) 按模式取出各段
finished by(range1, range2) 后者与前者同时结束
finishes(range1, range2) 前者与后者同时结束
flatten(list) 把嵌套的列表摊平
floor(n) 向下取整
from json(value) 由 JSON 文本得到值
get entries(m) 对象的各个键和值
get or else(value, default) 为空时用另一个值
get value(m, key) 对象中一个键的值
includes(range1, range2) 前者包含后者
index of(list, match) 在列表中的位置
insert before(list, position, newItem) 在某一位置前插入
is(value1, value2) 两个值种类和内容都相同
is blank(string) 文本为空白
is defined(value) 有值
is empty(list) 列表没有项
last day of month(date) 当月的最后一天
list contains(list, element) 列表包含某一项
list replace(list, position, newItem) 替换某一位置的项
log(number) 自然对数
lower case(string) 变成小写
matches(input, pattern) 文本符合模式
max(list) 最大的
mean(list) 平均值
median(list) 中位数
meets(range1, range2) 前者的终点是后者的起点
met by(range1, range2) 前者的起点是后者的终点
min(list) 最小的
mode(list) 出现最多的
modulo(dividend, divisor) 余数
month of year(date) 几月(英文)
not(negand) 相反
now() 现在的日期和时刻
number(from) 由文本得到数字
odd(number) 是奇数
overlaps(range1, range2) 两个区间有重叠
overlaps after(range1, range2) 前者从后面重叠
overlaps before(range1, range2) 前者从前面重叠
partition(list, size) 按个数分成几段
product(list) 乘积
range(from) 由文本得到区间
remove(list, position) 去掉某一位置的项
replace(input, pattern, replacement) 按模式替换
reverse(list) 倒过来
round down(n, scale) 舍去尾数
round half down(n, scale) 五舍六入
round half up(n, scale) 四舍五入
round up(n, scale) 进位
sort(list, precedes) 排序
split(string, delimiter) 按分隔符拆开
sqrt(number) 平方根
started by(range1, range2) 后者与前者同时开始
starts(range1, range2) 前者与后者同时开始
starts with(string, match) 文本以另一段文本开头
stddev(list) 标准差
string(from) 变成文本
string join(list, delimiter) 用分隔符连起来
string length(string) 文本长度
sublist(list, start position, length) 取列表的一段
substring(string, start position, length) 取文本的一段
substring after(string, match) 某段文本之后的部分
substring before(string, match) 某段文本之前的部分
sum(list) 总和
time(from) 由文本得到时刻
to json(value) 变成 JSON 文本
today() 今天
trim(string) 去掉首尾空白
union(list1, list2) 合并几个列表,不重复
upper case(string) 变成大写
week of year(date) 一年中的第几周
years and months duration(from, to) 两个日期之间的年月
`;

function read(line) {
  const [, name, params, info] = /^([^(]+)\(([^)]*)\) (.*)$/.exec(line);
  return {
    name, type: 'function',
    params: params ? params.split(', ').map((each) => ({ name: each })) : [],
    ...(english ? {} : { info }),
  };
}

export const builtins = FUNCTIONS.trim().split('\n').map(read);
