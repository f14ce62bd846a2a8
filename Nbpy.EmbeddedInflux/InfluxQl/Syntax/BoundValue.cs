using System.Globalization;

namespace Nbpy.EmbeddedInflux.InfluxQl.Syntax;

/// <summary>What a bind parameter stands for: a token in the place of <c>$name</c>, as InfluxDB has it.</summary>
/// <param name="Kind">The token's kind; <see cref="TokenKind.Parameter"/> for a value that cannot be bound.</param>
/// <param name="Text">The token's text; of a value that cannot be bound, why.</param>
internal sealed record BoundValue(TokenKind Kind, string Text)
{
    /// <summary>A string, whole number, number or boolean; anything else cannot be bound.</summary>
    public static BoundValue Of(object? value) => value switch
    {
        BoundValue bound => bound,
        string text => new BoundValue(TokenKind.String, text),
        bool truth => new BoundValue(TokenKind.Keyword, truth ? "TRUE" : "FALSE"),
        int or long => new BoundValue(TokenKind.Integer, Convert.ToString(value, CultureInfo.InvariantCulture)!),
        float or double => new BoundValue(TokenKind.Number, Convert.ToString(value, CultureInfo.InvariantCulture)!),
        null => Wrong("unable to bind parameter with type <nil>"),
        _ => Wrong("unable to bind parameter with type " + value.GetType().Name),
    };

    /// <summary>A value that cannot be bound: an error where it is used, and only there.</summary>
    public static BoundValue Wrong(string reason) => new(TokenKind.Parameter, reason);

    /// <summary>The token in the place of <paramref name="parameter"/>.</summary>
    public Token Token(Token parameter) => parameter with { Kind = Kind, Text = Text, Quoted = false, Bound = true };
}
