using System.Collections.Frozen;
using System.Text;

namespace Nbpy.EmbeddedInflux.InfluxQl.Syntax;

/// <summary>Splits InfluxQL into tokens on demand, because only the parser knows whether <c>/</c> begins a regular expression.</summary>
internal sealed class Lexer(string text)
{
    private static readonly FrozenSet<string> Keywords = FrozenSet.ToFrozenSet(
        ("ALL ALTER ANALYZE AND ANY AS ASC BEGIN BY CARDINALITY CONTINUOUS CREATE DATABASE DATABASES DEFAULT DELETE DESC "
         + "DESTINATIONS DIAGNOSTICS DISTINCT DROP DURATION END EVERY EXACT EXPLAIN FALSE FIELD FOR FROM GRANT GRANTS GROUP GROUPS "
         + "IN INF INSERT INTO KEY KEYS KILL LIMIT MEASUREMENT MEASUREMENTS NAME OFFSET ON OR ORDER PASSWORD POLICIES POLICY "
         + "PRIVILEGES QUERIES QUERY READ REPLICATION RESAMPLE RETENTION REVOKE SELECT SERIES SET SHARD SHARDS SHOW SLIMIT SOFFSET "
         + "STATS SUBSCRIPTION SUBSCRIPTIONS TAG TO TRUE USER USERS VALUES WHERE WITH WRITE").Split(' '));

    private static readonly string[] Symbols =
        ["=~", "!~", "!=", "<>", "<=", ">=", "::", "=", "<", ">", "+", "-", "*", "/", "%", "&", "|", "^", "(", ")", ",", ";", ".", ":"];

    /// <summary>The token at or after <paramref name="offset"/>, past white space and comments.</summary>
    public Token At(int offset)
    {
        var start = Skip(offset);
        if (start >= text.Length)
            return new Token(TokenKind.EndOfFile, "", start, start);
        var c = text[start];
        if (c == '"')
            return Quoted(start, '"', TokenKind.Identifier);
        if (c == '\'')
            return Quoted(start, '\'', TokenKind.String);
        if (c == '$')
            return Parameter(start);
        if (char.IsAsciiDigit(c) || c == '.' && start + 1 < text.Length && char.IsAsciiDigit(text[start + 1]))
            return Number(start);
        if (IsNameStart(c))
            return Word(start);
        foreach (var symbol in Symbols)
        {
            if (string.CompareOrdinal(text, start, symbol, 0, symbol.Length) == 0)
                return new Token(TokenKind.Symbol, symbol == "<>" ? "!=" : symbol, start, start + symbol.Length);
        }

        return new Token(TokenKind.Illegal, c.ToString(), start, start + 1);
    }

    /// <summary>The regular expression that begins with the <c>/</c> at <paramref name="offset"/>; null when it has no end.</summary>
    public Token? RegexAt(int offset)
    {
        var pattern = new StringBuilder();
        for (var i = offset + 1; i < text.Length; i++)
        {
            if (text[i] == '/')
                return new Token(TokenKind.Regex, pattern.ToString(), offset, i + 1);
            if (text[i] == '\n')
                return null;
            if (text[i] == '\\' && i + 1 < text.Length && text[i + 1] == '/')
                i++;
            else if (text[i] == '\\' && i + 1 < text.Length)
                pattern.Append(text[i++]);
            pattern.Append(text[i]);
        }

        return null;
    }

    /// <summary>1-based line and character of an offset, as error messages give them.</summary>
    public (int Line, int Character) Place(int offset)
    {
        // A string without an end is placed one before its quote, which may be the text's first character.
        offset = Math.Max(offset, 0);
        var before = text.AsSpan(0, Math.Min(offset, text.Length)).TrimEnd('\n');
        return (before.Count('\n') + 1, offset - before.LastIndexOf('\n'));
    }

    private int Skip(int i)
    {
        while (i < text.Length)
        {
            if (char.IsWhiteSpace(text[i]))
                i++;
            else if (Starts(i, "--"))
                i = text.IndexOf('\n', i) is var n and >= 0 ? n : text.Length;
            else if (Starts(i, "/*"))
                i = text.IndexOf("*/", i + 2, StringComparison.Ordinal) is var n and >= 0 ? n + 2 : text.Length;
            else
                break;
        }

        return i;
    }

    private bool Starts(int i, string s) => string.CompareOrdinal(text, i, s, 0, s.Length) == 0;

    /// <summary>True when a name must stand in quotes.</summary>
    public static bool NeedsQuotes(string name) => name.Length == 0 || Keywords.Contains(name.ToUpperInvariant())
        || !(char.IsAsciiLetter(name[0]) || name[0] == '_') || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '_');

    private static bool IsNameStart(char c) => char.IsAsciiLetter(c) || c == '_' || c > 127;

    private int NameEnd(int i)
    {
        while (i < text.Length && (IsNameStart(text[i]) || char.IsAsciiDigit(text[i])))
            i++;
        return i;
    }

    private Token Word(int start)
    {
        var end = NameEnd(start);
        var word = text[start..end];
        var upper = word.ToUpperInvariant();
        return Keywords.Contains(upper)
            ? new Token(TokenKind.Keyword, upper, start, end)
            : new Token(TokenKind.Identifier, word, start, end);
    }

    private Token Parameter(int start)
    {
        if (start + 1 < text.Length && text[start + 1] == '"')
        {
            var quoted = Quoted(start + 1, '"', TokenKind.Parameter);
            return quoted with { Offset = start, Text = "$" + quoted.Text };
        }

        var end = NameEnd(start + 1);
        return new Token(TokenKind.Parameter, text[start..end], start, end);
    }

    private Token Quoted(int start, char quote, TokenKind kind)
    {
        var value = new StringBuilder();
        for (var i = start + 1; i < text.Length && text[i] != '\n'; i++)
        {
            if (text[i] == quote)
                return new Token(kind, value.ToString(), start, i + 1, true);
            if (text[i] == '\\' && i + 1 < text.Length)
            {
                var escaped = text[++i];
                if (escaped is not ('\\' or '\'' or '"' or 'n'))
                    return new Token(TokenKind.BadString, "\\" + escaped, i, i + 1);
                value.Append(escaped == 'n' ? '\n' : escaped);
            }
            else
            {
                value.Append(text[i]);
            }
        }

        return new Token(TokenKind.BadString, value.ToString(), start, text.Length, true);
    }

    private Token Number(int start)
    {
        var i = start;
        while (i < text.Length && char.IsAsciiDigit(text[i]))
            i++;
        if (i < text.Length && text[i] == '.')
        {
            i++;
            while (i < text.Length && char.IsAsciiDigit(text[i]))
                i++;
            return new Token(TokenKind.Number, text[start..i], start, i);
        }

        if (i < text.Length && (char.IsAsciiLetter(text[i]) || text[i] is 'µ' or 'μ'))
        {
            while (i < text.Length && (char.IsAsciiLetterOrDigit(text[i]) || text[i] is 'µ' or 'μ'))
                i++;
            return new Token(TokenKind.Duration, text[start..i], start, i);
        }

        return new Token(TokenKind.Integer, text[start..i], start, i);
    }
}
