#!/usr/bin/env python3
"""Writes data/templates.json: templates written for this test, one a family of constructs, and what jinja2 makes of them.

Needs jinja2 (the project's .venv). Each template is rendered on the conversations of template_contexts.py.
"""
import json
import pathlib

import jinja_reference
import template_contexts

TEMPLATES = {
    "markers around each turn, a default system text": """{% for m in messages %}{% if loop.first and m['role'] != 'system' %}{{ '<|begin|>system\\nYou help.<|end|>\\n' }}{% endif %}{{ '<|begin|>' + m['role'] + '\\n' + m['content'] + '<|end|>' + '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|begin|>assistant\\n' }}{% endif %}""",
    "strict alternation, system folded into the first user turn": """{{ bos_token }}{% if messages[0]['role'] == 'system' %}{% set turns = messages[1:] %}{% set sys = messages[0]['content'] %}{% else %}{% set turns = messages %}{% set sys = false %}{% endif %}
{% for m in turns %}
    {% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}
        {{- raise_exception('Roles must alternate: ' ~ m.role ~ ' at ' ~ loop.index0) }}
    {% endif %}
    {% if loop.index0 == 0 and sys != false %}{% set words = '<<S>>\\n' + sys + '\\n<</S>>\\n\\n' + m['content'] %}{% else %}{% set words = m['content'] %}{% endif %}
    {%- if m['role'] == 'user' %}{{ '[I] ' + words.strip() + ' [/I]' }}{% elif m['role'] == 'assistant' %}{{ ' ' + words | trim + ' ' + eos_token }}{% endif %}
{% endfor %}""",
    "headers, tools as indented JSON, date, tool results": """{{- bos_token }}
{%- if not date_string is defined %}{%- set date_string = strftime_now("%d %b %Y") %}{%- endif %}
{%- if messages and messages[0].role == 'system' %}{%- set sys = messages[0]['content']|trim %}{%- set messages = messages[1:] %}{%- else %}{%- set sys = "" %}{%- endif %}
{{- "<|h|>system<|/h|>\\n\\nToday: " + date_string + "\\n\\n" }}
{%- if tools is not none and tools is defined %}
    {{- "Tools:\\n" }}
    {%- for t in tools %}
        {{- t | tojson(indent=4) }}
        {{- "\\n\\n" }}
    {%- endfor %}
{%- endif %}
{{- sys }}
{%- for m in messages %}
    {%- if not (m.role == 'ipython' or m.role == 'tool' or 'tool_calls' in m) %}
        {{- '<|h|>' + m['role'] + '<|/h|>\\n\\n' + m['content'] | trim + '<|e|>' }}
    {%- elif 'tool_calls' in m %}
        {%- if not m.tool_calls|length == 1 %}{{- raise_exception("One call at a time!") }}{%- endif %}
        {%- set call = m.tool_calls[0].function %}
        {{- '<|h|>assistant<|/h|>\\n\\n{"name": "' + call.name + '", "parameters": ' }}{{- call.arguments | tojson }}{{- "}<|e|>" }}
    {%- elif m.role == "tool" or m.role == "ipython" %}
        {{- "<|h|>tool<|/h|>\\n\\n" }}
        {%- if m.content is mapping or m.content is iterable %}{{- m.content | tojson }}{%- else %}{{- m.content }}{%- endif %}
        {{- "<|e|>" }}
    {%- endif %}
{%- endfor %}""",
    "thinking cut from old turns, namespaces, backwards search, runs of tool results": """{%- set ns = namespace(search=true, last=messages|length - 1) %}
{%- for m in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.search and m.role == "user" and m.content is string and not (m.content.startswith('<tool>') and m.content.endswith('</tool>')) %}
        {%- set ns.search = false %}
        {%- set ns.last = index %}
    {%- endif %}
{%- endfor %}
{%- for m in messages %}
    {%- if m.content is string %}{%- set words = m.content %}{%- else %}{%- set words = '' %}{%- endif %}
    {%- if m.role == "assistant" %}
        {%- set thought = '' %}
        {%- if m.reasoning_content is string %}
            {%- set thought = m.reasoning_content %}
        {%- elif '</think>' in words %}
            {%- set thought = words.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
            {%- set words = words.split('</think>')[-1].lstrip('\\n') %}
        {%- endif %}
        {%- if loop.index0 > ns.last and (loop.last or thought) %}
            {{- '@assistant\\n<think>\\n' + thought.strip('\\n') + '\\n</think>\\n\\n' + words }}
        {%- else %}
            {{- '@assistant\\n' + words }}
        {%- endif %}
        {%- for c in m.tool_calls or [] %}
            {%- if c.function %}{%- set c = c.function %}{%- endif %}
            {{- '\\n<call>{"name": "' ~ c.name ~ '", "arguments": ' }}{%- if c.arguments is string %}{{- c.arguments }}{%- else %}{{- c.arguments | tojson }}{%- endif %}{{- '}</call>' }}
        {%- endfor %}
    {%- elif m.role == "tool" %}
        {%- if loop.first or (messages[loop.index0 - 1].role != "tool") %}{{- '@user' }}{%- endif %}
        {{- '\\n<tool>' ~ words ~ '</tool>' }}
        {%- if loop.last or (messages[loop.index0 + 1].role != "tool") %}{{- '!\\n' }}{%- endif %}
    {%- else %}
        {{- '@' + m.role + '\\n' + words + '!\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '@assistant\\n' }}{%- if enable_thinking is defined and enable_thinking is false %}{{- '<think>\\n\\n</think>\\n\\n' }}{%- endif %}{%- endif %}""",
    "parts of content, renamed roles": """{{ bos_token }}
{%- for m in messages -%}
    {%- set role = 'model' if m['role'] == 'assistant' else m['role'] -%}
    {{ '<turn>' + role + '\\n' }}
    {%- if m['content'] is string -%}{{ m['content'] | trim }}
    {%- elif m['content'] is iterable -%}
        {%- for part in m['content'] -%}
            {%- if part['type'] == 'image' -%}{{ '<image>' }}{%- elif part['type'] == 'text' -%}{{ part['text'] | trim }}{%- endif -%}
        {%- endfor -%}
    {%- else -%}{{ raise_exception("Invalid content type") }}{%- endif -%}
    {{ '</turn>\\n' }}
{%- endfor -%}
{%- if add_generation_prompt -%}{{ '<turn>model\\n' }}{%- endif -%}""",
    "macros that call themselves, defaults, dictsort": """{%- macro shape(p, level=0) -%}
{%- if p.type == 'object' and p.properties -%}
{ {%- for key, item in p.properties|dictsort %}
{{ '  ' * (level + 1) }}{{ key }}{{ '' if key in (p.required or []) else '?' }}: {{ shape(item, level=level + 1) }}{{ ',' if not loop.last }}
{%- endfor %}
{{ '  ' * level }}}
{%- elif p.type == 'array' -%}{{ shape(p['items'], level) }}[]
{%- elif p.enum -%}{%- for e in p.enum -%}"{{ e }}"{{ ' | ' if not loop.last }}{%- endfor -%}
{%- elif p.type is string -%}{{ {'integer': 'number'}.get(p.type, p.type) }}
{%- else -%}{{ p.type | join(' | ') }}{%- endif -%}
{%- endmacro -%}
{%- for t in tools or [] %}
// {{ t.function.description | default('none', true) }}
type {{ t.function.name }} = {{ shape(t.function.parameters) }};
{% endfor %}
{%- macro wrap(tag) %}<{{ tag }}>{{ caller(tag | length) }}</{{ tag }}>{% endmacro %}
{%- for m in messages %}{% call(n) wrap(m.role) %}{{ n }}:{{ m.content }}{% endcall %}
{% endfor %}""",
    "selections, groups, joins and other filters over the turns": """{%- set system = messages | selectattr('role', 'equalto', 'system') | list -%}
{%- set rest = messages | rejectattr('role', 'equalto', 'system') | list -%}
{{ system | map(attribute='content') | join('|') }}#{{ rest | length }}#{{ messages | map(attribute='role') | unique | join(', ') }}
{% for role, group in messages | groupby('role') %}{{ role }}={{ group | length }}{{ '; ' if not loop.last }}{% endfor %}

{% for m in messages if m.role != 'system' %}{{ loop.index }}/{{ loop.length }} {{ loop.cycle('odd', 'even') }} {{ loop.changed(m.role) }} {{ (loop.previtem or {}).role }}>{{ (loop.nextitem | default({})).role }}
{% else %}nobody
{% endfor %}
{{ messages | tojson }}{{ (tools or []) | map(attribute='function.name') | list }}
{% set text %}{% for m in messages %}{{ m.content if m.content is string }}{% endfor %}{% endset %}{{ text | wordcount }} {{ text | length }} {{ text[:5] }} {{ text[-3:] | upper }} {{ text.split() | length }} {{ text | replace('l', 'L') | indent(2) | title }}""",
    "loops left early, white space kept and cut, comments, raw": """  {% for m in messages %}
    {%- if m.role == 'tool' %}{% continue %}{% endif %}
  {# a note #}
  {%+ if m.role == 'system' %}S{% else %}-{% endif +%}
    {% if loop.index > 2 %}{% break %}{% endif %}
  {% generation %}{{ m.content }}{% endgeneration %}

  {% endfor %}
{% raw %}{{ kept }}{% endraw %}
  {{- 1 -}}  end
""",
}


def main():
    cases = []
    for name, template in TEMPLATES.items():
        for label, context in template_contexts.contexts():
            if not label.endswith(("prompt True", "tools")) or (label.endswith("tools") and "tool" not in label.split(",")[0]):
                continue
            text, error = jinja_reference.render(template, context)
            case = {"template": name, "on": label}
            case |= {"want": text} if error is None else {"error": error}
            cases.append(case)
    kept = [label for label in {c["on"]: None for c in cases}]
    contexts = {label: context for label, context in template_contexts.contexts() if label in kept}
    lines = lambda items: ",\n".join(json.dumps(i, ensure_ascii=False) for i in items)
    out = pathlib.Path(__file__).parent / "data" / "templates.json"
    out.write_text('{"templates":' + json.dumps(TEMPLATES, ensure_ascii=False, indent=0) + ',\n"contexts":{\n'
                   + ",\n".join(json.dumps(k) + ": " + json.dumps(v, ensure_ascii=False) for k, v in contexts.items())
                   + '},\n"cases":[\n' + lines(cases) + "\n]}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
