"""Random templates from a grammar, most of them meaningful: expressions of every kind, and statements around them."""
import random

TEXTS = ["", "a", "Hello World", "  pad \n", "ünï çödé", "x,y,,z", "a-b_c d", "line1\nline2\r\nline3", "12", "3.5", "it's", 'say "hi"', "你好", "ABC", "%s|%d", "{}-{}"]
CONTEXT = {
    "s": "some Text", "u": "Größe 你好 🎉", "n": 7, "z": 0, "neg": -3, "f": 2.5, "t": True, "no": False, "nil": None,
    "xs": [3, 1, 2], "ws": ["b", "A", "c", "a"], "mixed": [1, "one", None, 2.5, True, [1], {"k": 1}], "empty": [],
    "d": {"b": 1, "a": "x", "C": [1, 2], "items_": {"deep": {"er": 5}}}, "rows": [
        {"name": "bob", "age": 30, "on": True}, {"name": "Al", "age": 25, "on": False}, {"name": "cy", "age": 30, "tags": ["p", "q"]}],
}
NAMES = [*CONTEXT, "missing"]
FILTERS = [
    "trim", "upper", "lower", "title", "capitalize", "length", "count", "first", "last", "list", "string", "int", "float", "reverse|list",
    "sort", "unique|list", "items|list", "dictsort", "round", "abs", "sum", "min", "max", "tojson", "wordcount", "urlencode",
    "join(',')", "join", "default('dflt')", "default('dflt', true)", "d", "replace('a', 'bb')", "replace('l', '', 1)", "indent(2)",
    "indent(2, true)", "round(1)", "round(0, 'floor')", "round(1, 'ceil')", "tojson(indent=2)", "batch(2)|list", "batch(2, 'f')|list",
    "slice(2)|list", "slice(3, 'f')|list", "map('upper')|list", "map('string')|join('+')", "select('odd')|list", "select|list",
    "reject('none')|list", "map(attribute='name')|list", "map(attribute='tags', default='-')|list", "selectattr('on')|list|length",
    "selectattr('age', 'gt', 26)|map(attribute='name')|join(' ')", "rejectattr('on')|list", "sort(attribute='name')|map(attribute='name')|list",
    "sort(attribute='age', reverse=true)|list", "sum(attribute='age')", "groupby('age')|list", "truncate(8)", "truncate(5, true, '')", "center(20)",
    "format(1)", "striptags", "filesizeformat", "max(attribute='age')", "dictsort(by='value')", "sort(reverse=true)", "sort(case_sensitive=true)",
    "tojson(sort_keys=true)", "tojson(separators=(',', ':'))", "attr('name')", "unique(case_sensitive=true)|list", "select('string')|list", "int(5)", "float(1.5)", "int(0, 16)"]
TESTS = ["defined", "undefined", "none", "string", "number", "integer", "float", "boolean", "mapping", "iterable", "sequence", "true", "false", "callable",
         "lower", "upper", "odd", "even", "divisibleby 3", "divisibleby(2)", "eq 1", "equalto('a')", "ne 2", "lt 5", "ge 2", "in [1, 2, 'a']", "sameas none", "sameas true"]
METHODS = ["upper()", "lower()", "strip()", "lstrip()", "rstrip('d ')", "split()", "split(',')", "split(' ', 1)", "rsplit(' ', 1)", "splitlines()", "title()", "capitalize()",
           "startswith('a')", "startswith(('s', 'a'))", "endswith('t')", "find('o')", "rfind('o')", "count('l')", "replace('e', 'E')", "replace('l', 'L', 1)", "join(['p', 'q'])",
           "isdigit()", "isalpha()", "isspace()", "islower()", "isupper()", "isalnum()", "zfill(5)", "ljust(12, '.')", "rjust(12)", "center(11, '*')", "partition(' ')",
           "rpartition(' ')", "format(1, 2)", "index('o')", "items()|list", "keys()|list", "values()|list", "get('a')", "get('q', 9)", "count(1)", "index(2)", "append(1)", "pop()", "removeprefix('so')",
           "swapcase()", "splitlines(true)", "expandme()"]


class Grammar:
    def __init__(self, seed):
        self.r = random.Random(seed)

    def literal(self):
        r = self.r
        return r.choice([
            lambda: repr(r.choice(TEXTS)), lambda: str(r.choice([0, 1, 2, 3, 10, 255, 1_000_000])), lambda: repr(r.choice([0.0, 0.5, 1.25, 2.675, 1e15, 1e-7, 100.0])),
            lambda: r.choice(["true", "false", "none", "True", "None"]), lambda: "[" + ", ".join(self.literal() for _ in range(r.randrange(4))) + "]",
            lambda: "{" + ", ".join(f"{r.choice(TEXTS)!r}: {self.literal()}" for _ in range(r.randrange(3))) + "}",
            lambda: "(" + "".join(self.literal() + ", " for _ in range(r.randrange(3))) + ")"])()

    def expression(self, depth=3):
        r = self.r
        if depth == 0 or r.random() < 0.2:
            return r.choice(NAMES) if r.random() < 0.6 else self.literal()
        e = lambda: self.expression(depth - 1)
        return r.choice([
            lambda: f"{e()} {r.choice(['+', '-', '*', '/', '//', '%', '**', '~'])} {e()}", lambda: f"({e()}) {r.choice(['==', '!=', '<', '>', '<=', '>=', 'in', 'not in'])} ({e()})",
            lambda: f"{e()} {r.choice(['and', 'or'])} {e()}", lambda: f"not {e()}", lambda: f"-{e()}", lambda: f"({e()})|{r.choice(FILTERS)}", lambda: f"({e()})|{r.choice(FILTERS)}",
            lambda: f"({e()}) is {r.choice(['', 'not '])}{r.choice(TESTS)}", lambda: f"({e()}).{r.choice(METHODS)}", lambda: f"{r.choice(['s', 'u', 'd', 'xs', 'ws'])}.{r.choice(METHODS)}",
            lambda: f"({e()})[{r.choice(['0', '-1', '1', '5', repr('a'), 'n'])}]",
            lambda: f"{r.choice(['s', 'u', 'xs', 'ws', 'mixed', 'empty', 'missing', 'n', 'd'])}[{r.choice([':1', '1:', '::-1', '-2:', ':-1', '::2', '3:0:-1', 'n:'])}]", lambda: f"({e()}).{r.choice(['a', 'name', 'items_', 'x'])}",
            lambda: f"{e()} if {e()} else {e()}", lambda: f"({e()} if {e()})", lambda: f"range({r.randrange(5)}, {r.randrange(9)})|list", lambda: f"dict(a={e()}, b=1)",
            lambda: f"{e()} < {e()} <= {e()}", lambda: f"{r.choice(['%s', '%5s', '%d', '%.2f', '%r', '%x', '%05d'])!r} % ({e()},)",
            lambda: f"{r.choice(['{}', '{:>6}', '{0}{0}', '{:.2f}', '{!r}', '{:,}', '{:05d}'])!r}.format({e()})"])()

    def assignment(self, name):
        # Read first: otherwise inner blocks above would find it undefined, which is one of our known differences.
        return f"{{{{ {name} }}}}" + self.tag(f"set {name} = {self.expression(2)}")

    def tag(self, words):
        return f"{{%{self.r.choice(['', '', '-', '+'])} {words} {self.r.choice(['', '', '-'])}%}}"

    def white(self):
        return self.r.choice(["", " ", "\n", "\n  ", "  ", "x", "y\n", " \n\n ", "\t"])

    def body(self, depth):
        return "".join(self.white() + self.statement(depth) + self.white() for _ in range(self.r.randrange(1, 4)))

    def statement(self, depth):
        r, t = self.r, self.tag
        if depth == 0 or r.random() < 0.35:
            return r.choice(["{{ %s }}", "{{- %s }}", "{{ %s -}}", "{{%s}}"]) % self.expression(2)
        b = lambda: self.body(depth - 1)
        loops = r.choice(["xs", "ws", "rows", "empty", "missing", "s", "d", "range(3)", "mixed", "xs[::-1]", "d.items()"])
        return r.choice([
            lambda: t("if " + self.expression(2)) + b() + t("endif"), lambda: t("if " + self.expression(1)) + b() + t("elif " + self.expression(1)) + b() + t("else") + b() + t("endif"),
            lambda: t(f"for i in {loops}") + b() + "{{ loop.index }}{{ loop.last }}{{ i }}" + t("endfor"),
            lambda: t(f"for i in {loops} if i") + "{{ loop.index0 }}/{{ loop.length }}{{ loop.previtem }}{{ loop.nextitem|default('-') }}" + b() + t("else") + b() + t("endfor"),
            lambda: t(f"for i in {loops}") + t("if loop.index == 2") + t(r.choice(["break", "continue"])) + t("endif") + b() + t("endfor"),
            lambda: t("for k, v in d.items()") + "{{ k }}={{ v }}{{ loop.cycle('o', 'e') }}{{ loop.changed(k) }}" + t("endfor"),
            lambda: self.assignment(r.choice(["n", "q", "s"])), lambda: t("set q") + b() + t("endset") + "[{{ q }}]", lambda: t("set q | upper") + b() + t("endset") + "{{ q }}",
            lambda: t("set a, c = 1, " + self.expression(1)) + "{{ a }}{{ c }}",
            lambda: t("set ns = namespace(x=0, y='')") + t(f"for i in {loops}") + t("set ns.x = ns.x + 1") + t("endfor") + "{{ ns.x }}{{ ns.nope is defined }}",
            lambda: t("macro m(p, k='dd')") + b() + "{{ p }}{{ k }}" + t("endmacro") + r.choice(["{{ m(1) }}", "{{ m(1, k=2) }}", "{{ m() }}", "{{ m(p=3) }}", "{{ m(1, 2, 3) }}", "{{ m(z=3) }}"]),
            lambda: t("macro w()") + "<{{ caller(1) }}>" + t("endmacro") + t("call(v) w()") + "{{ v }}" + b() + t("endcall"),
            lambda: t("filter upper") + b() + t("endfilter"), lambda: t("with q = " + self.expression(1)) + b() + "{{ q }}" + t("endwith"), lambda: "{#" + r.choice(["", "-"]) + " note " + r.choice(["", "-"]) + "#}",
            lambda: t("raw") + "{{ raw }}" + t("endraw"), lambda: t("generation") + b() + t("endgeneration"),
            lambda: t("for i in [[1, [2]], [3]] recursive") + "{{ loop.depth }}{{ i if i is number else loop(i) }}" + t("endfor")])()


def generate(count, seed):
    grammar = Grammar(seed)
    for _ in range(count):
        yield (grammar.body(2) if grammar.r.random() < 0.5 else "{{ " + grammar.expression(4) + " }}"), CONTEXT
