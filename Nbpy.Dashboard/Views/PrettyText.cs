using System.Text.Encodings.Web;
using System.Text.Json;
using System.Xml;
using System.Xml.Linq;

namespace Nbpy.Dashboard.Views;

/// <summary>JSON and XML values, indented for reading.</summary>
internal static class PrettyText
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The text indented; null when it is neither JSON object or array nor XML.</summary>
    public static string? TryFormat(string text)
    {
        var start = text.AsSpan().TrimStart();
        try
        {
            if (start.StartsWith("{") || start.StartsWith("["))
            {
                using var json = JsonDocument.Parse(text);
                return JsonSerializer.Serialize(json.RootElement, Indented);
            }

            return start.StartsWith("<") && text.TrimEnd().EndsWith('>') ? XDocument.Parse(text).ToString() : null;
        }
        catch (Exception e) when (e is JsonException or XmlException)
        {
            return null; // It only looked like it: shown as it is.
        }
    }
}
