using System.Text.RegularExpressions;

namespace Nbpy.Hosting.Internal.Containers;

/// <summary>What a pull's or a build's lines come to, in a few words: policy without I/O. Samples (docker):
/// <code>
/// 4f4fb700ef54: Pulling fs layer
/// 4f4fb700ef54: Pull complete
/// Step 2/5 : COPY . /
/// #6 [2/3] COPY . /
/// </code></summary>
internal sealed partial class ImageProgress
{
    private readonly Dictionary<string, bool> layers = new(StringComparer.Ordinal);

    /// <summary>The words after this line; null when it says nothing about how far things are.</summary>
    public string? Read(string line)
    {
        if (Layer().Match(line) is { Success: true } layer)
        {
            layers[layer.Groups[1].Value] = layer.Groups[2].Value is "Pull complete" or "Already exists";
            return $"{layers.Count(l => l.Value)} of {layers.Count} layers";
        }

        if (Step().Match(line) is { Success: true } step)
            return $"step {step.Groups[1].Value} of {step.Groups[2].Value}";
        return line.StartsWith("Copying blob", StringComparison.Ordinal) ? line : null;
    }

    [GeneratedRegex("^([0-9a-f]{12}): ([A-Z][A-Za-z ]+)")]
    private static partial Regex Layer();

    [GeneratedRegex(@"^(?:Step |#\d+ \[(?:\S+ )?\s*)(\d+)/(\d+)\b")]
    private static partial Regex Step();
}
