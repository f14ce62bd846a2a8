using System.Globalization;
using System.Text.Json;

namespace Nbpy.ServiceDefaults.Configuration;

/// <summary>Reads one object of the file: typed values with defaults, every problem noted with its place, and, at the end,
/// the keys that nobody asked for.</summary>
internal sealed class SectionReader(ConfigNode? node, string path, List<ConfigurationError> errors)
{
    private readonly HashSet<string> asked = new(StringComparer.Ordinal);

    public string Path => node?.Path ?? path;

    public int Line => node?.Line ?? 0;

    public List<ConfigurationError> Errors => errors;

    /// <summary>False when the section is not in the file.</summary>
    public bool Exists => node is not null;

    public IEnumerable<KeyValuePair<string, ConfigNode>> Members => node is { Type: JsonTokenType.StartObject } ? node.Members : [];

    /// <summary>An error at a key of this section, or at the section where it lacks the key.</summary>
    public void Error(string key, string message)
    {
        var member = node?.Members.GetValueOrDefault(key);
        errors.Add(new ConfigurationError($"{Path}.{key}", member?.Line ?? Line, message));
    }

    public ConfigNode? Find(string key)
    {
        asked.Add(key);
        return node?.Members.GetValueOrDefault(key) is { Type: not JsonTokenType.Null } found ? found : null;
    }

    public SectionReader Section(string key)
    {
        var found = Find(key);
        if (found is not null && found.Type != JsonTokenType.StartObject)
        {
            Error(key, "This must be an object: { … }.");
            found = null;
        }

        return new SectionReader(found, $"{Path}.{key}", errors);
    }

    public IReadOnlyList<SectionReader> Sections(string key)
    {
        var found = Find(key);
        if (found is null)
            return [];
        if (found.Type != JsonTokenType.StartArray)
        {
            Error(key, "This must be an array of objects: [ { … } ].");
            return [];
        }

        foreach (var item in found.Items.Where(i => i.Type != JsonTokenType.StartObject))
            errors.Add(new ConfigurationError(item.Path, item.Line, "This must be an object: { … }."));
        return [.. found.Items.Where(i => i.Type == JsonTokenType.StartObject).Select(i => new SectionReader(i, i.Path, errors))];
    }

    public string Text(string key, string fallback) => TextOrNull(key) ?? fallback;

    public string? TextOrNull(string key)
    {
        var found = Find(key);
        if (found is { Type: JsonTokenType.String } && found.Text.Contains('\0', StringComparison.Ordinal))
        {
            // No path and no name may hold it, and what is told of it would be cut off there.
            Error(key, "The text holds the character \\u0000; take it out.");
            return found.Text.Replace("\0", "", StringComparison.Ordinal);
        }

        if (found is null || found.Type == JsonTokenType.String)
            return found?.Text;
        Error(key, $"{found.Text} is not a string; put it in quotes.");
        return null;
    }

    public string Required(string key)
    {
        if (TextOrNull(key) is { Length: > 0 } text)
            return text;
        if (Find(key) is null or { Text.Length: 0 })
            Error(key, $"'{key}' is missing; give it a string.");
        return "";
    }

    public bool Flag(string key, bool fallback) => FlagOrNull(key) ?? fallback;

    public bool? FlagOrNull(string key)
    {
        var found = Find(key);
        if (found is null || found.Type is JsonTokenType.True or JsonTokenType.False)
            return found is null ? null : found.Type == JsonTokenType.True;
        Error(key, $"{found.Text} is neither true nor false.");
        return null;
    }

    public int Integer(string key, int fallback, int least, int most) => IntegerOrNull(key, least, most) ?? fallback;

    public int? IntegerOrNull(string key, int least, int most)
    {
        var found = Find(key);
        if (found is null)
            return null;
        if (found.Type == JsonTokenType.Number
            && int.TryParse(found.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            && value >= least && value <= most)
            return value;
        Error(key, $"{found.Text} is not a whole number from {least} to {most}.");
        return null;
    }

    public double? Number(string key, double least)
    {
        var found = Find(key);
        if (found is null)
            return null;
        if (found.Type == JsonTokenType.Number
            && double.TryParse(found.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            && double.IsFinite(value) && value >= least)
            return value;
        Error(key, string.Create(CultureInfo.InvariantCulture, $"{found.Text} is not a number of at least {least}."));
        return null;
    }

    public IReadOnlyList<string> Texts(string key)
    {
        var found = Find(key);
        if (found is null)
            return [];
        if (found.Type == JsonTokenType.StartArray && found.Items.All(i => i.Type == JsonTokenType.String))
            return [.. found.Items.Select(i => i.Text)];
        Error(key, "This must be an array of strings: [ \"…\" ].");
        return [];
    }

    public T? Choice<T>(string key)
        where T : struct, Enum
    {
        var text = TextOrNull(key);
        if (text is null)
            return null;
        if (Enum.TryParse<T>(text, ignoreCase: true, out var value) && !char.IsAsciiDigit(text[0]))
            return value;
        Error(key, $"'{text}' is none of {string.Join(", ", Enum.GetNames<T>().Select(n => n.ToLowerInvariant()))}.");
        return null;
    }

    /// <summary>Keys accepted without effect; true when one is there.</summary>
    public bool Accept(params ReadOnlySpan<string> keys)
    {
        var any = false;
        foreach (var key in keys)
            any |= Find(key) is not null;
        return any;
    }

    /// <summary>Reports every key that nobody asked for: most likely a slip of the pen.</summary>
    public void RefuseOthers()
    {
        foreach (var (key, value) in Members)
            if (!asked.Contains(key))
                errors.Add(new ConfigurationError(value.Path, value.Line, $"'{key}' is not a key of this section{Nearest.Hint(key, asked)}."));
    }
}
