//! A table as a LaTeX float for the packages `booktabs` (rules without vertical lines) and `graphicx`
//! (to make a wide table smaller). Every text is escaped, so that a system's name cannot become a
//! command.

use super::TextTable;

impl TextTable {
    /// The table as a LaTeX `table` with caption and label: the first column on the left, the others
    /// on the right. Needs `\usepackage{booktabs,graphicx}`.
    pub fn to_latex(&self, caption: &str, label: &str) -> String {
        let line = |cells: &[String]| {
            let cells: Vec<String> = cells.iter().map(|cell| latex(cell)).collect();
            format!("{} \\\\\n", cells.join(" & "))
        };
        let columns = "r".repeat(self.header.len().saturating_sub(1));
        let rows: String = self.rows.iter().map(|row| line(row)).collect();
        format!(
            "% Needs \\usepackage{{booktabs,graphicx}}. A table wider than the text is made smaller.\n\
             \\begin{{table}}\n\\centering\n\\small\n\
             \\caption{{{}}}\n\\label{{{}}}\n\\medskip\n\
             \\resizebox{{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}}{{!}}{{%\n\
             \\begin{{tabular}}{{@{{}}l{columns}@{{}}}}\n\
             \\toprule\n{}\\midrule\n{rows}\\bottomrule\n\
             \\end{{tabular}}}}\n\\end{{table}}\n",
            latex(caption),
            label_of(label),
            line(&self.header),
        )
    }
}

/// Text that is only text in LaTeX.
pub(crate) fn latex(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => escaped.push_str("\\textbackslash{}"),
            '~' => escaped.push_str("\\textasciitilde{}"),
            '^' => escaped.push_str("\\textasciicircum{}"),
            '<' => escaped.push_str("\\textless{}"),
            '>' => escaped.push_str("\\textgreater{}"),
            '|' => escaped.push_str("\\textbar{}"),
            '"' => escaped.push_str("''"),
            // After a line's end a bracket would be read as its argument.
            '[' => escaped.push_str("{[}"),
            ']' => escaped.push_str("{]}"),
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => {
                escaped.push('\\');
                escaped.push(c);
            }
            '↑' => escaped.push_str("$\\uparrow$"),
            '↓' => escaped.push_str("$\\downarrow$"),
            '≤' => escaped.push_str("$\\leq$"),
            '·' => escaped.push_str("$\\cdot$"),
            '±' => escaped.push_str("$\\pm$"),
            'Δ' => escaped.push_str("$\\Delta$"),
            '…' => escaped.push_str("\\ldots{}"),
            '–' => escaped.push_str("--"),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A label holds letters, digits and a few signs; everything else would need escaping in `\ref`.
fn label_of(label: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '-');
    label.chars().map(|c| if plain(c) { c } else { '-' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_cannot_become_commands() {
        assert_eq!(
            latex(r"50 % \input{x} a_b & c^2 ~ #1 $"),
            r"50 \% \textbackslash{}input\{x\} a\_b \& c\textasciicircum{}2 \textasciitilde{} \#1 \$"
        );
        assert_eq!(latex("[1, 2] ↑ <b>"), r"{[}1, 2{]} $\uparrow$ \textless{}b\textgreater{}");
        assert_eq!(label_of("tab:a_b}"), "tab:a-b-");
    }

    #[test]
    fn a_table_has_a_column_specification_a_cell() {
        let mut table = TextTable::new(["system", "BLEU-4 ↑"]);
        table.rows.push(vec!["copy_last".into(), "[1]".into()]);
        let text = table.to_latex("100 %", "tab:x");
        assert!(text.contains("\\begin{tabular}{@{}lr@{}}"), "{text}");
        assert!(text.contains("system & BLEU-4 $\\uparrow$ \\\\\n\\midrule\ncopy\\_last & {[}1{]} \\\\\n\\bottomrule"), "{text}");
        assert!(text.contains("\\caption{100 \\%}\n\\label{tab:x}"), "{text}");
    }
}
