{# What differs between warehouses: one macro each. Everything else in this package is common SQL. #}

{# The text in a JSON column at the first of the paths, such as 'initiator.id', that has a value. #}
{% macro json_text(column) -%}
  {%- set found = [] -%}
  {%- for path in varargs -%}
    {%- do found.append(adapter.dispatch('json_text', 'circle')(column, path.split('.'))) -%}
  {%- endfor -%}
  {{ return(found[0] if found | length == 1 else 'coalesce(' ~ found | join(', ') ~ ')') }}
{%- endmacro %}
{% macro duckdb__json_text(column, keys) -%}
  json_extract_string({{ column }}, '${% for key in keys %}."{{ key }}"{% endfor %}')
{%- endmacro %}
{% macro postgres__json_text(column, keys) -%}
  ({{ column }} #>> '{{ '{' ~ keys | join(',') ~ '}' }}')
{%- endmacro %}
{% macro redshift__json_text(column, keys) -%}
  cast({{ ([column] + keys) | join('.') }} as {{ circle.text_type() }})
{%- endmacro %}
{% macro snowflake__json_text(column, keys) -%}
  cast(get_path({{ column }}, '{{ keys | join('.') }}') as varchar)
{%- endmacro %}
{% macro bigquery__json_text(column, keys) -%}
  json_value({{ column }}, '{{ (['$'] + keys) | join('.') }}')
{%- endmacro %}
{% macro databricks__json_text(column, keys) -%}
  cast({{ column }}:{{ keys | join('.') }} as string)
{%- endmacro %}

{# NULL with the type of a JSON column. #}
{% macro null_json() -%} {{ return(adapter.dispatch('null_json', 'circle')()) }} {%- endmacro %}
{% macro default__null_json() -%} cast(null as json) {%- endmacro %}
{% macro postgres__null_json() -%} cast(null as jsonb) {%- endmacro %}
{% macro redshift__null_json() -%} cast(null as super) {%- endmacro %}
{% macro snowflake__null_json() -%} cast(null as variant) {%- endmacro %}
{% macro databricks__null_json() -%} cast(null as string) {%- endmacro %}

{# A timestamp in UTC, without a time zone, from ISO 8601 text with an offset; NULL for other text. #}
{% macro parse_time(text) -%} {{ return(adapter.dispatch('parse_time', 'circle')(text)) }} {%- endmacro %}
{% macro duckdb__parse_time(text) -%}
  case when {{ text }} like '____-__-__%' then try_cast({{ text }} as timestamptz) at time zone 'UTC' end
{%- endmacro %}
{# PostgreSQL has no try_cast: the pattern accepts only days and times that exist. #}
{% macro postgres__parse_time(text) -%}
  {%- set leap_day = '([0-9][0-9](0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29' -%}
  {%- set day = '[0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))' -%}
  case when {{ text }} ~ '^(?!0000)({{ day }}|{{ leap_day }})[T ]([01][0-9]|2[0-3])(:[0-5][0-9]){2}([.][0-9]+)?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])$'
    then cast({{ text }} as timestamptz) at time zone 'UTC' end
{%- endmacro %}
{% macro redshift__parse_time(text) -%} try_cast({{ text }} as timestamptz) at time zone 'UTC' {%- endmacro %}
{% macro snowflake__parse_time(text) -%}
  cast(convert_timezone('UTC', try_to_timestamp_tz({{ text }})) as timestamp_ntz)
{%- endmacro %}
{% macro bigquery__parse_time(text) -%} safe_cast({{ text }} as timestamp) {%- endmacro %}
{% macro databricks__parse_time(text) -%} try_cast({{ text }} as timestamp) {%- endmacro %}

{# The same from a column with a time zone. #}
{% macro to_utc(column) -%} {{ return(adapter.dispatch('to_utc', 'circle')(column)) }} {%- endmacro %}
{% macro default__to_utc(column) -%} {{ column }} at time zone 'UTC' {%- endmacro %}
{% macro snowflake__to_utc(column) -%} cast(convert_timezone('UTC', {{ column }}) as timestamp_ntz) {%- endmacro %}
{% macro bigquery__to_utc(column) -%} cast({{ column }} as timestamp) {%- endmacro %}

{# Whole microseconds since 1970 from a timestamp in UTC. #}
{% macro microseconds(time) -%} {{ return(adapter.dispatch('microseconds', 'circle')(time)) }} {%- endmacro %}
{% macro default__microseconds(time) -%} unix_micros({{ time }}) {%- endmacro %}
{% macro duckdb__microseconds(time) -%} epoch_us({{ time }}) {%- endmacro %}
{% macro postgres__microseconds(time) -%} cast(extract(epoch from {{ time }}) * 1000000 as bigint) {%- endmacro %}
{% macro redshift__microseconds(time) -%} datediff(microsecond, timestamp '1970-01-01', {{ time }}) {%- endmacro %}
{% macro snowflake__microseconds(time) -%} date_part(epoch_microsecond, {{ time }}) {%- endmacro %}

{# The type of text of any length. #}
{% macro text_type() -%} {{ return(adapter.dispatch('text_type', 'circle')()) }} {%- endmacro %}
{% macro default__text_type() -%} varchar {%- endmacro %}
{% macro redshift__text_type() -%} varchar(65535) {%- endmacro %}
{% macro bigquery__text_type() -%} string {%- endmacro %}
{% macro databricks__text_type() -%} string {%- endmacro %}
