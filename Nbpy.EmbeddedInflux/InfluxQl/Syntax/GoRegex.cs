using System.Text.RegularExpressions;

namespace Nbpy.EmbeddedInflux.InfluxQl.Syntax;

/// <summary>What Go says of a regular expression that is none, for the mistakes that both languages share.</summary>
internal static class GoRegex
{
    /// <summary>Null where it may be one.</summary>
    public static string? Error(string pattern)
    {
        try
        {
            _ = new Regex(pattern, RegexOptions.CultureInvariant);
            return null;
        }
        catch (RegexParseException e)
        {
            var at = Math.Min(e.Offset, pattern.Length);
            return e.Error switch
            {
                RegexParseError.UnterminatedBracket => $"error parsing regexp: missing closing ]: `{pattern[Math.Max(pattern.LastIndexOf('['), 0)..]}`",
                RegexParseError.InsufficientClosingParentheses => $"error parsing regexp: missing closing ): `{pattern}`",
                RegexParseError.InsufficientOpeningParentheses => $"error parsing regexp: unexpected ): `{pattern}`",
                RegexParseError.QuantifierAfterNothing => $"error parsing regexp: missing argument to repetition operator: `{pattern[Math.Max(at - 1, 0)..at]}`",
                RegexParseError.UnescapedEndingBackslash => "error parsing regexp: trailing backslash at end of expression: ``",
                _ => null,
            };
        }
    }
}
