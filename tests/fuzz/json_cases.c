/* json_cases.c: JSON texts and things that look like them, written from the grammar of RFC 8259. */
#include "json_cases.h"

/* One case after the other, in lines: */
/* clang-format off */
#define CASE(class, text) {text, sizeof(text) - 1, 0, NULL, NULL, class, false}
#define YES(text) CASE(JSON_ACCEPT, text)
#define NO(text) CASE(JSON_REJECT, text)
#define MAYBE(text) CASE(JSON_EITHER, text)
#define ALONE(class, text) {text, sizeof(text) - 1, 0, NULL, NULL, class, true}
#define DEEP(class, text, times, middle, end) \
    {text, sizeof(text) - 1, times, middle, end, class, false}

const struct json_case json_cases[] = {
    /* section 3: literals are lowercase and these three */
    YES("true"), YES("false"), YES("null"),
    NO("True"), NO("TRUE"), NO("tru"), NO("truee"), NO("nul"), NO("nulll"), NO("Null"),
    NO("undefined"), NO("NaN"), NO("nan"), NO("Infinity"), NO("-Infinity"), NO("inf"), NO("yes"),

    /* section 6: numbers */
    YES("0"), YES("-0"), YES("1"), YES("-1"), YES("10"), YES("1234567890"), YES("0.0"), YES("0.1"),
    YES("-0.1"), YES("-0.0"), YES("1.5"), YES("1.50"), YES("1e1"), YES("1E1"), YES("1e+1"),
    YES("1e-1"), YES("1E+01"), YES("1e00"), YES("0e0"), YES("0e-0"), YES("-0e0"), YES("0.0e0"),
    YES("-0.0e-0"), YES("123.456e78"), YES("18446744073709551615"), YES("9007199254740993"),
    MAYBE("18446744073709551616"), MAYBE("1e400"), MAYBE("-1e400"), MAYBE("1e-400"),
    MAYBE("1e99999999999999999999"), MAYBE("0.1000000000000000055511151231257827021181583404541"),
    DEEP(JSON_EITHER, "7", 3000, "", ""), DEEP(JSON_EITHER, "9", 1000, ".5e9", "9"),
    NO("+1"), NO("01"), NO("-01"), NO("00"), NO("-00"), NO("1."), NO(".1"), NO("-.1"), NO("1.e1"),
    NO(".e1"), NO("1e"), NO("1e+"), NO("1e-"), NO("1E"), NO("1.0e"), NO("1.0e+"), NO("0x10"),
    NO("0b1"), NO("0o7"), NO("1_000"), NO("1,000"), NO("-"), NO("--1"), NO("-+1"), NO("+-1"),
    NO("1.2.3"), NO("1e1e1"), NO("1e1.5"), NO("1-"), NO("1+1"), NO("1 000"), NO("- 1"), NO("1L"),
    NO("1f"), NO("1.5d"), NO("-a"), NO("$1"), NO("\xef\xbc\x91"), NO("\xd9\xa3"), NO("1e\xef\xbc\x91"),

    /* section 7: strings, and what may be escaped */
    YES("\"\""), YES("\"a\""), YES("\" \""), YES("\"\\\"\""), YES("\"\\\\\""), YES("\"\\/\""),
    YES("\"/\""), YES("\"\\b\\f\\n\\r\\t\""), YES("\"\\u0041\""), YES("\"\\u00e9\""),
    YES("\"\\u20AC\""), YES("\"\\uD83D\\uDE00\""), YES("\"\\ud83d\\ude00\""), YES("\"\\u0000\""),
    YES("\"\\u001f\""), YES("\"\\uFFFF\""), YES("\"\\u2028\\u2029\""), YES("\"\x7f\""),
    YES("\"'\""), YES("\"{[,:]}\""), YES("\"\\\\u0041\""), YES("\"\\\\\\\"\""),
    DEEP(JSON_ACCEPT, "\"", 1, "x", "\""),
    NO("a"), NO("'a'"), NO("`a`"), NO("\"a"), NO("a\""), NO("\""), NO("\"\\\""), NO("\"\\\"\\"),
    NO("\"\\x41\""), NO("\"\\a\""), NO("\"\\v\""), NO("\"\\0\""), NO("\"\\'\""), NO("\"\\ \""),
    NO("\"\\u\""), NO("\"\\u1\""), NO("\"\\u12\""), NO("\"\\u123\""), NO("\"\\u123g\""),
    NO("\"\\u 123\""), NO("\"\\u-123\""), NO("\"\\U0041\""), NO("\"\\u{41}\""), NO("\"\\\xc3\xa9\""),
    NO("\"\0\""), NO("\"\x01\""), NO("\"\t\""), NO("\"\x0b\""), NO("\"\x1f\""), NO("\"a\rb\""),
    NO("\"a\" \"b\""), NO("\"a\"\"b\""), NO("\"a\"b"), NO("\"a\"+\"b\""),
    MAYBE("\"\\ud800\""), MAYBE("\"\\udc00\""), MAYBE("\"\\ud800\\u0041\""), MAYBE("\"\\ud800x\""),
    MAYBE("\"\\udc00\\ud800\""), MAYBE("\"\\ud800\\ud800\\udc00\""), MAYBE("\"\\uDBFF\""),

    /* section 8.1: UTF-8, whole and shortest */
    YES("\"\xc2\x80\""), YES("\"\xc3\xa9\""), YES("\"\xdf\xbf\""), YES("\"\xe0\xa0\x80\""),
    YES("\"\xe2\x82\xac\""), YES("\"\xed\x9f\xbf\""), YES("\"\xee\x80\x80\""),
    YES("\"\xef\xbf\xbe\xef\xbf\xbf\""), YES("\"\xf0\x90\x80\x80\""), YES("\"\xf4\x8f\xbf\xbf\""),
    YES("\"\xe2\x80\xa8\""), YES("\"\xef\xbb\xbf\""), YES("\"e\xcc\x81\""),
    NO("\"\xff\""), NO("\"\xfe\""), NO("\"\x80\""), NO("\"\xbf\""), NO("\"\xc0\x80\""),
    NO("\"\xc0\xaf\""), NO("\"\xc1\xbf\""), NO("\"\xe0\x80\x80\""), NO("\"\xe0\x9f\xbf\""),
    NO("\"\xf0\x80\x80\x80\""), NO("\"\xf0\x8f\xbf\xbf\""), NO("\"\xed\xa0\x80\""),
    NO("\"\xed\xbf\xbf\""), NO("\"\xed\xa0\xbd\xed\xb8\x80\""), NO("\"\xf4\x90\x80\x80\""),
    NO("\"\xf5\x80\x80\x80\""), NO("\"\xf8\x88\x80\x80\x80\""), NO("\"\xfc\x84\x80\x80\x80\x80\""),
    NO("\"\xc3\""), NO("\"\xe2\x82\""), NO("\"\xf0\x9f\x98\""), NO("\"\xc3x\""),
    NO("\"\xe2(\xa1\""), NO("\"\xc3\xa9\x80\""), NO("\"\xc3"), NO("\xff"), NO("\xc3\xa9"),
    NO("[\xc3\xa9]"), NO("{\"\xff\":1}"), NO("{\0}\0"), NO("\xff\xfe{\0}\0"), NO("\xfe\xff\0{\0}"),
    ALONE(JSON_EITHER, "\xef\xbb\xbf{}"), NO("[\xef\xbb\xbf]"),

    /* section 5: arrays */
    YES("[]"), YES("[ ]"), YES("[1]"), YES("[1,2]"), YES("[ 1 , 2 ]"), YES("[\t1,\r2]"), YES("[[]]"),
    YES("[[],[]]"), YES("[null,true,false,\"\",0,{}]"), YES("[[1],[2,[3]]]"),
    DEEP(JSON_ACCEPT, "[", 10, "1", "]"), DEEP(JSON_EITHER, "[", 40, "1", "]"),
    DEEP(JSON_EITHER, "[", 1900, "", "]"), DEEP(JSON_REJECT, "[", 1900, "", ""),
    DEEP(JSON_REJECT, "[", 10, "1", "}"),
    NO("["), NO("[1"), NO("[1,"), NO("[1,]"), NO("[,1]"), NO("[,]"), NO("[1,,2]"), NO("[1 2]"),
    NO("[1;2]"), NO("[1:2]"), NO("]"), NO("[1}"), NO("[1]]"), NO("1]"), NO("[[]"), NO("(1)"),
    NO("[\"a\":1]"), NO("[1,...]"), NO("[]1"),

    /* section 4: objects */
    YES("{}"), YES("{ }"), YES("{\"a\":1}"), YES("{\"\":0}"), YES("{ \"a\" : 1 }"),
    YES("{\"a\":{}}"), YES("{\"a\":1,\"b\":2}"), YES("{\"a\":1,\"a\":2}"), YES("{\"\\u0061\":1}"),
    YES("{\"a\\u0000b\":1}"), YES("{\"a\":[{\"b\":[{}]}]}"), YES("{\"__proto__\":null}"),
    DEEP(JSON_ACCEPT, "{\"a\":", 10, "1", "}"), DEEP(JSON_EITHER, "{\"a\":", 600, "1", "}"),
    NO("{"), NO("{\"a\""), NO("{\"a\":"), NO("{\"a\":}"), NO("{\"a\":1"), NO("{\"a\":1,"), NO("{:1}"),
    NO("{1:1}"), NO("{a:1}"), NO("{'a':1}"), NO("{\"a\" 1}"), NO("{\"a\":1,}"), NO("{,\"a\":1}"),
    NO("{\"a\":1,,\"b\":2}"), NO("{\"a\":1 \"b\":2}"), NO("{\"a\"=1}"), NO("{\"a\":1;}"),
    NO("{true:1}"), NO("{null:1}"), NO("{[]:1}"), NO("{{}:1}"), NO("{\"a\":1]"), NO("}"),
    NO("{\"a\":1}}"), NO("{\"a\"::1}"), NO("{\"a\",1}"), NO("{\"a\"}"), NO("{1}"), NO("{\"a\":1:2}"),

    /* section 2: one text, four kinds of whitespace, nothing else between */
    YES(" 1"), YES("1 "), YES("\t1\t"), YES("\r1 "), YES("   {}   "),
    NO("1 2"), NO("{}{}"), NO("[] []"), NO("{},"), NO(",{}"), NO("1\0"), NO("{}\0"), NO("\0"),
    NO("\0{}"), NO("/**/1"), NO("1/**/"), NO("1//x"), NO("1#x"), NO("#"), NO("//"), NO("<!---->1"),
    NO("\f1"), NO("1\v"), NO("\xc2\xa0""1"), NO("1\xe2\x80\xa8"), NO("1\xe3\x80\x80"), NO("\x7f"),
    NO("\x1b[1m"), NO("\\u0031"), NO("=1"), NO("--"), NO("*"), NO("<a/>"), NO(";"), NO(":"),
    ALONE(JSON_EITHER, ""), ALONE(JSON_EITHER, " \t\r"),
};
/* clang-format on */

const size_t json_case_count = sizeof json_cases / sizeof json_cases[0];
