# Doxygen's input filter. What is written once in the headers is shown everywhere in the documentation:
#  - what a type has because a concept asks for it is documented at the concept; each such member that says nothing
#    of its own gets a reference to it;
#  - a comment on several variables declared together holds for each of them.
# And the dots of "et al." and "SIAM J." do not end a sentence.
# Lines keep their numbers.
function concept_of(file) {
    if (file ~ /\/core\/activation/) return "activation"
    if (file ~ /\/nn\/cell\/constrained/) return "weight_constraint"
    if (file ~ /\/nn\/cell\//) return "cell"
    if (file ~ /\/nn\/layer\//) return "front_end_layer"
    if (file ~ /\/training\/optimizer\//) return "optimizer"
    if (file ~ /\/training\/loss\//) return "loss_term"
    if (file ~ /\/training\/curriculum/) return "curriculum"
    if (file ~ /\/training\/callback/) return "callback"
    if (file ~ /\/task\//) return "task"
    if (file ~ /\/dynamics\/solver\//) return "solver"
    if (file ~ /\/dynamics\/|\/nn\/constant_inputs?_map/) return "differentiable_map"
    return ""
}
# The declarations of `line`, one variable each, every one after `note` and before `trail`.
function one_by_one(line, note, trail,    head, names, n, i, type, result) {
    head = line
    sub(/^ +/, "", head)
    sub(/;.*$/, "", head)
    n = split(head, names, ", ")
    type = names[1]
    sub(/ = .*$/, "", type)
    sub(/[^ ]+$/, "", type)
    result = "    "
    for (i = 1; i <= n; i++) result = result (i > 1 || note_first ? note : "") (i > 1 ? type : "") names[i] ";" trail " "
    return result
}
BEGIN {
    members["activation"] = "(value|slope)\\(|range = |range\\{"
    members["cell"] = "(converted|check|state_range|recurrent_columns|recurrent_bias_columns|recurrent_deviation|forward|backward|jacobian|recurrent_products)\\(|using (scalar|with_scalar) =|static constexpr size_t"
    members["weight_constraint"] = "(check|project)\\("
    members["front_end_layer"] = "(outputs|scratch|add_parameters|forward|backward|converted|apply)\\(|using with_scalar =|static constexpr bool (in_place|shows_pixels) ="
    members["optimizer"] = "update\\(|static constexpr size_t slots =|factor\\("
    members["loss_term"] = "(evaluate|bind|add)\\(|using (is_network_penalty|is_state_loss) =|(struct|class) bound \\{"
    members["curriculum"] = " at\\("
    members["callback"] = "operator\\(\\)\\("
    members["task"] = "(inputs|outputs|full_stage|fill)\\("
    members["memory_task"] = "(labels|examples|show|wait|ask|answer|mean_input)\\("
    members["solver"] = "static constexpr size_t block =|static constexpr bool (monotone|own_units) =|(limits|control|make_descent|propose|begin|reach|accept|exhausted)\\("
    members["differentiable_map"] = "(dimension|apply|vjp|jvp|jacobian|state_bounds)\\(|using scalar ="
    several = "^ +[A-Za-z][A-Za-z_:<>0-9 ]* [a-z_0-9]+( = [^,;{}]+)?(, [a-z_0-9]+( = [^,;{}]+)?)+;"
}
FNR == 1 { room = concept_of(FILENAME); comment = ""; in_type = 0 }
/^(requires.*\) )?(struct|class) [^;]*$/ { in_type = 1 }
/^}/ { in_type = 0 }
{
    line = $0
    member = in_type && line ~ /^    [^ \/}]/ && line !~ /^    (return|if|for|case|else|using std)/
    concept = room == "task" && line ~ members["memory_task"] ? "memory_task" : room
    asked = concept != "" && member && comment == "" && line ~ members[concept] && line !~ /\/\/\/</
    note = asked ? "/** As @ref engram::" concept " asks. */ " : comment != "" ? "/** " comment " */ " : ""
    note_first = asked
    if (line ~ several && line !~ /^ *(return|if|for|case|else|using)/) {
        trail = ""
        if (match(line, / *\/\/\/<.*$/)) trail = " /**<" substr(line, RSTART + index(substr(line, RSTART), "<")) " */"
        line = one_by_one(line, note, trail)
    } else if (asked) {
        sub(/^    /, "    " note, line)
    }
    if ($0 ~ /^ *\/\/\/ / && $0 !~ /@file/) {
        text = $0
        sub(/^ *\/\/\/ /, "", text)
        comment = comment == "" ? text : comment " " text
    } else if ($0 !~ /^ *template <.*>$/) {
        comment = ""
    }
    if (line ~ /\/\/\//) {
        gsub(/ al\. /, " al.\\ ", line)
        gsub(/ J\. /, " J.\\ ", line)
    }
    print line
}
