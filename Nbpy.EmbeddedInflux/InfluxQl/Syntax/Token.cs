namespace Nbpy.EmbeddedInflux.InfluxQl.Syntax;

/// <summary>Kind of a lexical token.</summary>
internal enum TokenKind
{
    EndOfFile,
    Keyword,
    Identifier,
    String,
    BadString,
    Integer,
    Number,
    Duration,
    Regex,
    Parameter,
    Symbol,
    Illegal,
}

/// <summary>A token and where it begins.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">The value: unquoted, unescaped; keywords in capitals.</param>
/// <param name="Offset">Index of the first character in the query.</param>
/// <param name="End">Index after the last character.</param>
/// <param name="Quoted">True for an identifier in double quotes.</param>
/// <param name="Bound">True when it stands in the place of a bind parameter.</param>
internal readonly record struct Token(TokenKind Kind, string Text, int Offset, int End, bool Quoted = false, bool Bound = false)
{
    /// <summary>The token as an error message shows it.</summary>
    public string Shown => Kind switch
    {
        TokenKind.EndOfFile => "EOF",
        TokenKind.BadString when Text.Length == 0 => "BADSTRING",
        TokenKind.String when Text.Length == 0 => "STRING",
        _ => Text,
    };

    public bool Is(string symbolOrKeyword) => Kind is TokenKind.Symbol or TokenKind.Keyword && Text == symbolOrKeyword;
}
