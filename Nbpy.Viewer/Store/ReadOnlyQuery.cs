namespace Nbpy.Viewer.Store;

/// <summary>Tells whether InfluxQL only reads: <c>SELECT</c> without <c>INTO</c>, and <c>SHOW</c> of tags, fields, series and measurements.</summary>
public static class ReadOnlyQuery
{
    /// <summary>Longest text, characters.</summary>
    public const int MaxLength = 64 * 1024;

    private static readonly HashSet<string> Shown = new(StringComparer.OrdinalIgnoreCase) { "TAG", "FIELD", "SERIES", "MEASUREMENTS", "RETENTION" };

    /// <summary>Why the text may not pass; null when it may.</summary>
    public static string? Refusal(string query)
    {
        if (query.Length > MaxLength)
            return $"A query has at most {MaxLength} characters.";
        if (Words(query) is not { } words)
            return "A quote or a regular expression in the query is not closed, or stands where the viewer does not read one.";
        var statements = 0;
        for (var i = 0; i < words.Count;)
        {
            if (words[i] == ";")
            {
                i++;
                continue;
            }
            statements++;
            var end = words.IndexOf(";", i) is var at and >= 0 ? at : words.Count;
            var statement = words[i..end];
            if (statement[0].Equals("SELECT", StringComparison.OrdinalIgnoreCase))
            {
                if (statement.Contains("INTO", StringComparer.OrdinalIgnoreCase))
                    return "SELECT … INTO writes; the viewer only reads.";
            }
            else if (!statement[0].Equals("SHOW", StringComparison.OrdinalIgnoreCase) || statement.Count < 2 || !Shown.Contains(statement[1]))
            {
                return "The viewer only lets SELECT, and SHOW of tags, fields, series, measurements and retention policies through.";
            }
            i = end;
        }
        return statements == 0 ? "The query is empty." : null;
    }

    /// <summary>Bare words and semicolons; what stands in quotes, slashes or a comment is left out. Null when one stays open, or where
    /// it cannot be told whether a slash divides: a quote behind it could then hide a statement from this reader.</summary>
    private static List<string>? Words(string query)
    {
        var words = new List<string>();
        for (var i = 0; i < query.Length; i++)
        {
            var c = query[i];
            if (c is '\'' or '"')
            {
                for (i++; i < query.Length && query[i] != c; i++)
                {
                    if (query[i] == '\\')
                        i++;
                }
                if (i >= query.Length)
                    return null;
                words.Add("?");
            }
            else if (c == '-' && i + 1 < query.Length && query[i + 1] == '-')
            {
                while (i + 1 < query.Length && query[i + 1] != '\n')
                    i++;
            }
            else if (c == '/')
            {
                var before = query[..i].TrimEnd();
                if (before.EndsWith('~'))
                {
                    for (i++; i < query.Length && query[i] != '/'; i++)
                    {
                        if (query[i] == '\\')
                            i++;
                    }
                    if (i >= query.Length)
                        return null;
                }
                else if (before.Length == 0 || !(before[^1] is ')' or '"' || char.IsAsciiDigit(before[^1])) || (i + 1 < query.Length && query[i + 1] == '*'))
                {
                    return null;
                }
            }
            else if (c == ';')
            {
                words.Add(";");
            }
            else if (char.IsLetter(c) || c == '_')
            {
                var start = i;
                while (i + 1 < query.Length && (char.IsLetterOrDigit(query[i + 1]) || query[i + 1] == '_'))
                    i++;
                words.Add(query[start..(i + 1)]);
            }
        }
        return words;
    }
}
