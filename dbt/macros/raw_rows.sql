{# A query for the raw rows of a stream with typed columns: of each id the row that was loaded last.
In an incremental run: rows of the last days, and rows with a new id, however old they are. #}
{% macro raw_rows(stream, key, text=[], json=[]) -%}
  {%- set columns = circle.raw_columns(stream) -%}
  select * from (
    select
      typed.*,
      row_number() over (partition by {{ key }} order by
        {%- for column in ['loaded_at', 'created_at', 'triggered_at'] %}
        case when {{ column }} is null then 1 else 0 end, {{ column }} desc{{ ',' if not loop.last }}
        {%- endfor %}
      ) as version_number
    from (
      select
        {{ circle.as_text(columns.get('id')) }} as {{ key }},
        {%- for name in text %}
        {{ circle.as_text(columns.get(name)) }} as {{ name }},
        {%- endfor %}
        {%- for name in json %}
        {{ columns[name].quoted if name in columns else circle.null_json() }} as {{ name }},
        {%- endfor %}
        {{ circle.as_time(columns.get('triggered_at')) }} as triggered_at,
        {{ circle.as_time(columns.get('created_at')) }} as created_at,
        {{ circle.as_time(columns.get('_airbyte_extracted_at')) }} as loaded_at
      {%- if columns or not execute %}
      from {{ source('circle', stream) }} as src
      {%- else %}
      from (select 1 as nothing) as src where 1 = 0
      {%- endif %}
    ) as typed
    {%- if is_incremental() %}
    left join (select {{ key }} as known_id from {{ this }}) as known on known.known_id = typed.{{ key }}
    {%- endif %}
    where {{ key }} is not null
    {%- if is_incremental() %}
      and (
        known_id is null
        or created_at is null
        or cast(created_at as date) >= (
          select cast(max(created_at) as date) - {{ var('circle_lookback_days') }} from {{ this }}
          where cast(created_at as date) <= current_date + 1
        )
      )
    {%- endif %}
  ) as numbered
  where version_number = 1
{%- endmacro %}

{# The columns of a raw table by name, as the warehouse has them: only those that a sync has brought,
in types that depend on the destination. None if a stream is not synced and has no table. #}
{% macro raw_columns(stream) -%}
  {%- set columns, table = {}, source('circle', stream) -%}
  {%- if execute and adapter.get_relation(table.database, table.schema, table.identifier) -%}
    {%- for column in adapter.get_columns_in_relation(table) -%}
      {%- do columns.update({column.name | lower: column}) -%}
    {%- endfor -%}
  {%- elif execute and stream == 'events' -%}
    {{ exceptions.raise_compiler_error('There is no table ' ~ table ~ ': set the variables circle_schema and circle_events_table.') }}
  {%- elif execute -%}
    {{ exceptions.warn('There is no table ' ~ table ~ ': it is treated as empty.') }}
  {%- endif -%}
  {{ return(columns) }}
{%- endmacro %}

{% macro as_text(column) -%}
  {%- if not column -%} cast(null as {{ circle.text_type() }})
  {%- else -%} cast({{ column.quoted }} as {{ circle.text_type() }})
  {%- endif -%}
{%- endmacro %}

{# A time in UTC from a timestamp or from text; text without an offset is in UTC. #}
{% macro as_time(column) -%}
  {%- set type = column.dtype | lower if column else '' -%}
  {%- if type == 'datetime' or 'with time zone' in type or 'tz' in type and 'ntz' not in type -%}
    {{ circle.to_utc(column.quoted) }}
  {%- elif type.startswith('timestamp') -%} {{ column.quoted }}
  {%- else -%}
    {%- set text = circle.as_text(column) -%}
    {{ circle.parse_time("case when " ~ text ~ " like '%Z' or " ~ text ~ " like '%+__:__' or "
      ~ text ~ " like '%-__:__' then " ~ text ~ " else " ~ text ~ " || 'Z' end") }}
  {%- endif -%}
{%- endmacro %}
