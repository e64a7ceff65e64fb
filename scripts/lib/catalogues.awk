# Writes the catalogues that scripts/bench measures. Variables: kind (real, plain, sleeping), count, into (a folder whose
# sub-folders exist already: scripts/lib/catalogues.sh), version.

# The folder of a definition, a hundred in a group.
function folder(at) { return into "/group" int(at / 100) "/image" at }

function name(at) { return "image" at }

# A weekly rebuild, as real changelogs have them by the hundred; the newest stands first.
function entry(at, number) {
    return name(at) " (" version "-1-s" number ") wikimedia; urgency=medium\n\n  * Rebuild for the security updates of the week" \
        (number % 7 == 0 ? ",\n    and install curl, which the health check of the deployment asks for" : "") \
        ".\n\n -- Image Bot <image-bot@example.org>  " day(number) "\n\n"
}

# Any valid date does.
function day(number) { return sprintf("Mon, %02d %s 20%02d 06:00:34 +0000", number % 28 + 1, months[number % 12 + 1], 10 + number % 15) }

function changelog(at, entries,    number, text) {
    for (number = entries; number > 0; number--) text = text entry(at, number)
    return text
}

# Real-size: 20 to 60 lines with a shared header, a macro, a condition, a loop and most filters. The first stage installs
# packages; BuildKit leaves it out, because nothing is taken from it, so the catalogue builds without a network.
function real_template(at, parent,    text, line) {
    text = "{% include \"header.j2\" %}\n{% from \"macros.j2\" import tool, labels %}\n{%- set packages = [\"git\", \"curl\", \"python3\"] -%}\n"
    text = text "{% if distribution == \"wikimedia\" -%}\n{%- do packages.append(\"ca-certificates\") -%}\n{%- endif %}\n"
    text = text "FROM {{ \"" name(parent) "\" | image_tag }} AS packages\nRUN {{ packages | join(\" \") | apt_install }}\n"
    text = text "RUN {{ \"runner\" | add_user }}\n"
    for (line = 1; line <= 1 + at % 20; line++) text = text "RUN echo \"step " line " of " name(at) "\" >> /etc/steps && \\\n    echo \"{{ \"" name(parent) "\" | image_tag | upstream_version }}\"\n"
    text = text "\nFROM {{ \"" name(parent) "\" | image_tag }}\n{{ tool(\"" name(at) "\", \"/usr/bin/tool\") }}\n"
    text = text "{% for package in packages -%}\nENV HAS_{{ package | upper | replace(\"-\", \"_\") }}=yes\n{% endfor -%}\n"
    return text "{{ labels() }}\nUSER {{ \"nobody\" | uid }}\nENTRYPOINT [\"/usr/bin/tool\"]\n"
}

function write(file, text) {
    printf "%s", text > file
    close(file)
}

function control(at, parents) {
    write(folder(at) "/control", "Package: " name(at) "\nMaintainer: Image Bot <image-bot@example.org>\nBuild-Depends: " parents "\nDescription: an image to measure with\n")
}

# One root that carries busybox; the others hang below it, five children to a parent.
function real(at,    parent) {
    write(folder(at) "/changelog", changelog(at, 100 + (at * 37) % 80))
    if (at == 0) {
        write(folder(at) "/Dockerfile.template", "FROM scratch\nCOPY busybox /bin/busybox\nENV PATH=/bin\nUSER 65534\n")
        return
    }
    parent = int((at - 1) / 5)
    control(at, name(parent))
    write(folder(at) "/Dockerfile.template", real_template(at, parent))
}

# Synthetic: three entries, few lines, one to three parents.
function plain(at,    parents, text, back) {
    write(folder(at) "/changelog", changelog(at, 3))
    if (at == 0) {
        write(folder(at) "/Dockerfile.template", "FROM scratch\n")
        return
    }
    parents = name(int(at / 2))
    text = "FROM {{ \"" parents "\" | image_tag }}\n"
    for (back = 3; back <= 2 + at % 3; back++) {
        if (int(at / back) == int(at / (back - 1))) continue
        parents = parents ", " name(int(at / back))
        text = text "COPY --from={{ \"" name(int(at / back)) "\" | image_tag }} /etc/steps /etc/steps." back "\n"
    }
    control(at, parents)
    write(folder(at) "/Dockerfile.template", text "ENV NAME=" name(at) "\nUSER {{ \"nobody\" | uid }}\n")
}

# Three levels of 4, 12 and 24; each sleeps in a step of its own, because BuildKit makes equal steps only once.
function sleeping(at,    text) {
    write(folder(at) "/changelog", changelog(at, 1))
    if (at < 4) {
        text = "FROM scratch\nCOPY busybox /bin/busybox\n"
    } else {
        control(at, name(at < 16 ? at % 4 : 4 + at % 12))
        text = "FROM {{ \"" name(at < 16 ? at % 4 : 4 + at % 12) "\" | image_tag }}\n"
    }
    write(folder(at) "/Dockerfile.template", text "RUN [\"/bin/busybox\", \"sh\", \"-c\", \"/bin/busybox sleep 1 && echo " name(at) " > /" name(at) "\"]\n")
}

BEGIN {
    split("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec", months, " ")
    for (at = 0; at < count; at++) {
        if (kind == "real") real(at)
        if (kind == "plain") plain(at)
        if (kind == "sleeping") sleeping(at)
    }
}
