using System.Globalization;

namespace Nbpy.EmbeddedInflux.Http;

/// <summary>Finds the end of a JSON value, or says what is wrong with it in the words of Go's encoding/json (<c>scanner.go</c>).</summary>
internal ref struct GoJsonScanner
{
    private const int MaxDepth = 10_000;

    private readonly ReadOnlySpan<byte> _json;
    private int _at;
    private int _depth;

    private GoJsonScanner(ReadOnlySpan<byte> json) => _json = json;

    /// <summary>The length of the first value, with the space before it.</summary>
    /// <exception cref="FormatException">It is not well formed.</exception>
    public static int FirstValue(ReadOnlySpan<byte> json)
    {
        if (json.Trim(" \t\r\n"u8).IsEmpty)
            throw new FormatException("EOF");
        var scanner = new GoJsonScanner(json);
        scanner.Value();
        return scanner._at;
    }

    private void Value()
    {
        var c = Next(skipSpace: true);
        switch (c)
        {
            case (byte)'{' or (byte)'[':
                if (++_depth > MaxDepth)
                    throw new FormatException("exceeded max depth");
                if (c == '{')
                    Object();
                else
                    Array();
                _depth--;
                break;
            case (byte)'"':
                String();
                break;
            case (byte)'-' or (>= (byte)'0' and <= (byte)'9'):
                Number(c);
                break;
            case (byte)'t':
                Literal("true");
                break;
            case (byte)'f':
                Literal("false");
                break;
            case (byte)'n':
                Literal("null");
                break;
            default:
                throw Invalid(c, "looking for beginning of value");
        }
    }

    private void Object()
    {
        var c = Next(skipSpace: true);
        while (c != '}')
        {
            if (c != '"')
                throw Invalid(c, "looking for beginning of object key string");
            String();
            if (Next(skipSpace: true) is var colon && colon != ':')
                throw Invalid(colon, "after object key");
            Value();
            c = Next(skipSpace: true);
            if (c == '}')
                return;
            if (c != ',')
                throw Invalid(c, "after object key:value pair");
            c = Next(skipSpace: true);
            if (c == '}')
                throw Invalid(c, "looking for beginning of object key string");
        }
    }

    private void Array()
    {
        if (Next(skipSpace: true) == ']')
            return;
        _at--;
        while (true)
        {
            Value();
            var c = Next(skipSpace: true);
            if (c == ']')
                return;
            if (c != ',')
                throw Invalid(c, "after array element");
        }
    }

    private void String()
    {
        for (var c = Next(); c != '"'; c = Next())
        {
            if (c < 0x20)
                throw Invalid(c, "in string literal");
            if (c != '\\')
                continue;
            c = Next();
            if (c == 'u')
            {
                for (var i = 0; i < 4; i++)
                {
                    if (Next() is var digit && !char.IsAsciiHexDigit((char)digit))
                        throw Invalid(digit, "in \\u hexadecimal character escape");
                }
            }
            else if (!"bfnrt\\/\""u8.Contains(c))
                throw Invalid(c, "in string escape code");
        }
    }

    private void Number(byte first)
    {
        if (first == '-')
            first = Digit("in numeric literal");
        if (first != '0')
            Digits();
        if (Accept("."))
        {
            Digit("after decimal point in numeric literal");
            Digits();
        }

        if (!Accept("eE"))
            return;
        Accept("+-");
        Digit("in exponent of numeric literal");
        Digits();
    }

    private void Literal(string word)
    {
        foreach (var expected in word.AsSpan(1))
        {
            if (Next() is var c && c != expected)
                throw Invalid(c, $"in literal {word} (expecting '{expected}')");
        }
    }

    private byte Digit(string place) => Next() is var c && char.IsAsciiDigit((char)c) ? c : throw Invalid(c, place);

    private void Digits()
    {
        while (_at < _json.Length && char.IsAsciiDigit((char)_json[_at]))
            _at++;
    }

    private bool Accept(string any)
    {
        if (_at >= _json.Length || !any.Contains((char)_json[_at], StringComparison.Ordinal))
            return false;
        _at++;
        return true;
    }

    private byte Next(bool skipSpace = false)
    {
        while (skipSpace && Accept(" \t\r\n"))
        {
            // Nothing stands for space.
        }

        return _at < _json.Length ? _json[_at++] : throw new FormatException("unexpected EOF");
    }

    // Go takes a byte for a character of Latin-1 here.
    private static FormatException Invalid(byte c, string place)
    {
        var shown = c switch
        {
            (byte)'\'' => "\\'",
            (byte)'\\' => "\\\\",
            (byte)'\a' => "\\a",
            (byte)'\b' => "\\b",
            (byte)'\f' => "\\f",
            (byte)'\n' => "\\n",
            (byte)'\r' => "\\r",
            (byte)'\t' => "\\t",
            (byte)'\v' => "\\v",
            < 0x20 or 0x7f => string.Create(CultureInfo.InvariantCulture, $"\\x{c:x2}"),
            (> 0x7f and <= 0xa0) or 0xad => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
            _ => ((char)c).ToString(),
        };
        return new FormatException($"invalid character '{shown}' {place}");
    }
}
