using System.Globalization;
using System.Text;

namespace Nbpy.EmbeddedInflux.InfluxQl;

/// <summary>Cuts InfluxQL into tokens. A slash starts a regular expression where one can stand: after an operator of matching,
/// a comma, an opening parenthesis, FROM or BY.</summary>
internal sealed class Lexer(string text)
{
    private static readonly string[] Symbols = ["!=", "<>", "<=", ">=", "=~", "!~", "::", "(", ")", ",", ";", "=", "<", ">", "+", "-", "*", "/", "%", "."];
    private int position;
    private int line = 1;
    private int lineStart;

    public IReadOnlyList<Token> Read()
    {
        var tokens = new List<Token>();
        while (true)
        {
            SkipSpace();
            var token = position >= text.Length ? Make(TokenKind.End, "", position) : Next(tokens.Count > 0 ? tokens[^1] : default);
            tokens.Add(token);
            if (token.Kind == TokenKind.End)
                return tokens;
        }
    }

    /// <summary>Nanoseconds of a duration such as 1h30m; null when it is none.</summary>
    public static long? Duration(string text)
    {
        long total = 0;
        var i = 0;
        while (i < text.Length)
        {
            var start = i;
            while (i < text.Length && char.IsAsciiDigit(text[i]))
                i++;
            if (i == start || i == text.Length || !long.TryParse(text.AsSpan(start, i - start), NumberStyles.None, CultureInfo.InvariantCulture, out var count))
                return null;
            var unit = text[i..] switch
            {
                ['n', 's', ..] => (1L, 2),
                ['m', 's', ..] => (1_000_000L, 2),
                ['u' or 'µ', ..] => (1_000L, 1),
                ['s', ..] => (1_000_000_000L, 1),
                ['m', ..] => (60_000_000_000L, 1),
                ['h', ..] => (3_600_000_000_000L, 1),
                ['d', ..] => (86_400_000_000_000L, 1),
                ['w', ..] => (604_800_000_000_000L, 1),
                _ => (0L, 0),
            };
            if (unit.Item2 == 0)
                return null;
            total += count * unit.Item1;
            i += unit.Item2;
        }

        return total;
    }

    private void SkipSpace()
    {
        while (position < text.Length)
        {
            if (text[position] == '\n')
            {
                line++;
                lineStart = position + 1;
            }

            if (char.IsWhiteSpace(text[position]))
                position++;
            else if (text.AsSpan(position).StartsWith("--"))
                position = text.IndexOf('\n', position) is var end and >= 0 ? end : text.Length;
            else if (text.AsSpan(position).StartsWith("/*"))
                position = text.IndexOf("*/", position, StringComparison.Ordinal) is var end and >= 0 ? end + 2 : text.Length;
            else
                return;
        }
    }

    private Token Next(Token before)
    {
        var start = position;
        var c = text[position];
        if (c == '"')
            return Make(TokenKind.QuotedIdentifier, Quoted('"'), start);
        if (c == '\'')
            return Make(TokenKind.String, Quoted('\''), start);
        if (c == '/' && RegexMayStand(before))
            return Make(TokenKind.Regex, Quoted('/'), start);
        if (char.IsAsciiDigit(c) || (c == '.' && position + 1 < text.Length && char.IsAsciiDigit(text[position + 1])))
            return Number(start);
        if (char.IsLetter(c) || c is '_' or '$')
        {
            position++;
            while (position < text.Length && (char.IsLetterOrDigit(text[position]) || text[position] == '_'))
                position++;
            return c == '$' ? Make(TokenKind.Parameter, text[(start + 1)..position], start) : Make(TokenKind.Word, text[start..position], start);
        }

        foreach (var symbol in Symbols)
        {
            if (!text.AsSpan(position).StartsWith(symbol))
                continue;
            position += symbol.Length;
            return Make(TokenKind.Symbol, symbol == "<>" ? "!=" : symbol, start);
        }

        throw new InfluxQlParseException($"found {c}, expected identifier at line {line}, char {start - lineStart + 1}");
    }

    private static bool RegexMayStand(Token before) =>
        before.Kind == TokenKind.Symbol ? before.Text is "=~" or "!~" or "," or "(" or "." : before.IsWord("FROM") || before.IsWord("BY") || before.IsWord("SELECT");

    private Token Number(int start)
    {
        var isFloat = false;
        while (position < text.Length && (char.IsAsciiDigit(text[position]) || (text[position] == '.' && !isFloat)))
        {
            isFloat |= text[position] == '.';
            position++;
        }

        if (position < text.Length && (char.IsLetter(text[position]) || text[position] == 'µ') && !isFloat)
        {
            while (position < text.Length && char.IsLetterOrDigit(text[position]))
                position++;
            var word = text[start..position];
            return Duration(word) is { } ns
                ? new Token(TokenKind.Duration, word, ns, line, start - lineStart + 1)
                : throw new InfluxQlParseException($"invalid duration at line {line}, char {start - lineStart + 1}");
        }

        return Make(isFloat ? TokenKind.Float : TokenKind.Integer, text[start..position], start);
    }

    private string Quoted(char quote)
    {
        var start = position++;
        var content = new StringBuilder();
        while (position < text.Length && text[position] != quote)
        {
            if (text[position] == '\\' && position + 1 < text.Length)
            {
                var next = text[position + 1];
                if (next == quote || (quote != '/' && next == '\\'))
                    position++;
                else if (quote != '/' && next == 'n')
                {
                    content.Append('\n');
                    position += 2;
                    continue;
                }
            }

            content.Append(text[position++]);
        }

        if (position >= text.Length)
            throw new InfluxQlParseException($"found {text[start..Math.Min(text.Length, start + 20)]}, expected closing {quote} at line {line}, char {start - lineStart + 1}");
        position++;
        return content.ToString();
    }

    private Token Make(TokenKind kind, string value, int start) => new(kind, value, 0, line, start - lineStart + 1);
}
