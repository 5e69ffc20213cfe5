# What Doxygen reads of a page. Where a page shows code it has, for those who read it as Markdown, a line that is a link
# to the file, and Doxygen's command in a comment: the link is left out, and the comment's brackets. A heading has its label
# in a comment, too.
/^#+ .* <!-- \{#[a-z0-9_]+\} -->$/ { sub(/<!-- /, ""); sub(/ -->$/, "") }
/^\[[^]]*\]\([^)]*\)$/ { link = $0; next }
/^<!-- \\.* -->$/ { sub(/^<!-- /, ""); sub(/ -->$/, ""); link = "" }
link != "" { print link; link = "" }
{ print }
END { if (link != "") print link }
