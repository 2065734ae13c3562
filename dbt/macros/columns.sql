{# When something happened: `triggered_at`, or `created_at` if that is missing or impossible. Times
before 2000 and after tomorrow are impossible; one from the year 9999 would end every report. #}
{% macro occurred_at() -%}
  case
    {%- for column in ['triggered_at', 'created_at'] %}
    when cast({{ column }} as date) between date '2000-01-01' and current_date + 1 then {{ column }}
    {%- endfor %}
  end
{%- endmacro %}

{# Sort order: the newest first, then rows without a time; `id` decides between equal times. #}
{% macro newest_first(id) -%}
  case when occurred_at is null then 1 else 0 end, occurred_at desc, {{ id }}
{%- endmacro %}

{% macro month_start(day) -%} {{ day }} - cast(extract(day from {{ day }}) as integer) + 1 {%- endmacro %}
{% macro month_number(day) -%} (extract(year from {{ day }}) * 12 + extract(month from {{ day }})) {%- endmacro %}
{% macro count_if(condition) -%} count(case when {{ condition }} then 1 end) {%- endmacro %}
{% macro members_if(condition) -%} count(distinct case when {{ condition }} then member_id end) {%- endmacro %}
{% macro as_boolean(text) -%} case {{ text }} when 'true' then true when 'false' then false end {%- endmacro %}

{# Columns that describe a member, from an object in a JSON column. #}
{% macro profile(column, prefix='') -%}
  {{ circle.json_text(column, prefix ~ 'name') }} as member_name,
  {{ circle.json_text(column, prefix ~ 'email') }} as member_email,
  {{ circle.as_boolean(circle.json_text(column, prefix ~ 'is_admin')) }} as is_admin,
  {{ circle.as_boolean(circle.json_text(column, prefix ~ 'is_moderator')) }} as is_moderator
{%- endmacro %}

{# Columns that count a group's activity by kind. #}
{% macro activity_counts() -%}
  {{ circle.count_if("activity_type = 'event'") }} as events,
  {{ circle.count_if("activity_name = 'PageView'") }} as page_views,
  {{ circle.count_if("activity_name = 'post.basic.published'") }} as posts,
  {{ circle.count_if("activity_name = 'post.comment.created'") }} as comments,
  {{ circle.count_if("activity_name in ('post.liked', 'post.comment.liked')") }} as likes,
  {{ circle.count_if("activity_name like '%.message.created'") }} as messages
{%- endmacro %}
