namespace Nbpy.Publishers.Live;

/// <summary>Takes credentials out of texts that others wrote (a venue's error, for one) before anybody sees them.</summary>
public static class Redaction
{
    // Longer texts are no error messages; they would fill a log line and a health answer.
    private const int Longest = 300;

    /// <summary>The text with every secret replaced, without line breaks, cut to a length that fits a log line.</summary>
    public static string Clean(string? text, params ReadOnlySpan<string?> secrets)
    {
        if (string.IsNullOrWhiteSpace(text))
            return "no reason given";
        foreach (var secret in secrets)
        {
            // A secret of three letters would take pieces out of every word.
            if (secret is { Length: > 3 })
                text = text.Replace(secret, "***", StringComparison.Ordinal).Replace(Uri.EscapeDataString(secret), "***", StringComparison.Ordinal);
        }

        text = string.Create(Math.Min(text.Length, Longest), text, static (span, from) =>
        {
            for (var i = 0; i < span.Length; i++)
                span[i] = char.IsControl(from[i]) ? ' ' : from[i];
        });
        return text.Trim();
    }
}
