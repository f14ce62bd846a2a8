namespace Nbpy.EmbeddedInflux.InfluxQl;

internal enum TokenKind
{
    End,
    Word,
    QuotedIdentifier,
    String,
    Integer,
    Float,
    Duration,
    Regex,
    Parameter,
    Symbol,
}

/// <summary>A piece of InfluxQL.</summary>
/// <param name="Text">Identifier, string content, digits, or the symbol.</param>
/// <param name="Number">A duration's nanoseconds.</param>
/// <param name="Line">1-based.</param>
/// <param name="Column">1-based.</param>
internal readonly record struct Token(TokenKind Kind, string Text, long Number, int Line, int Column)
{
    public bool IsWord(string keyword) => Kind == TokenKind.Word && Text.Equals(keyword, StringComparison.OrdinalIgnoreCase);

    public bool IsSymbol(string symbol) => Kind == TokenKind.Symbol && Text == symbol;

    public override string ToString() => Kind == TokenKind.End ? "EOF" : Text;
}
