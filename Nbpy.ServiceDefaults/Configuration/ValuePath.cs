using System.Globalization;
using System.Text.Json;

namespace Nbpy.ServiceDefaults.Configuration;

/// <summary>A place in a JSON message: <c>data.price</c>, <c>[2]</c>, <c>levels[0].p</c>, <c>['a.b']</c>; <c>.</c> is the item itself,
/// and <c>$.</c> before it starts at the whole message.</summary>
public sealed class ValuePath
{
    private const int MostSteps = 32;
    private readonly string text;
    private readonly bool fromRoot;
    private readonly List<(string? Name, int Index)> steps;

    private ValuePath(string text, bool fromRoot, List<(string? Name, int Index)> steps)
    {
        this.text = text;
        this.fromRoot = fromRoot;
        this.steps = steps;
    }

    /// <summary>Reads a path; null when the text is none.</summary>
    public static ValuePath? Parse(string text)
    {
        var rest = text.AsSpan();
        var fromRoot = rest is ['$', ..];
        if (fromRoot)
            rest = rest[1..];
        var steps = new List<(string?, int)>();
        if (rest is "." || (fromRoot && rest.IsEmpty))
            return new ValuePath(text, fromRoot, steps);
        if (rest.IsEmpty)
            return null;
        var first = !fromRoot;
        while (!rest.IsEmpty)
        {
            if (steps.Count == MostSteps || !TryStep(ref rest, first, steps))
                return null;
            first = false;
        }

        return new ValuePath(text, fromRoot, steps);
    }

    /// <summary>The value at this place.</summary>
    /// <param name="item">Where a relative path starts.</param>
    /// <param name="root">The whole message.</param>
    /// <returns>Of kind Undefined where there is none.</returns>
    public JsonElement Find(JsonElement item, JsonElement root)
    {
        var at = fromRoot ? root : item;
        foreach (var (name, index) in steps)
        {
            if (name is not null)
            {
                if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(name, out at))
                    return default;
            }
            else if (at.ValueKind == JsonValueKind.Array && index < at.GetArrayLength())
            {
                at = at[index];
            }
            else
            {
                return default;
            }
        }

        return at;
    }

    /// <inheritdoc/>
    public override string ToString() => text;

    private static bool TryStep(ref ReadOnlySpan<char> rest, bool first, List<(string?, int)> steps)
    {
        if (rest[0] == '[')
        {
            var quoted = rest.Length > 1 && rest[1] is '\'' or '"';
            var close = quoted ? rest[2..].IndexOf(rest[1]) : 0;
            var end = close < 0 ? -1 : quoted ? close + 3 : rest.IndexOf(']');
            if (end < 2 || end >= rest.Length || rest[end] != ']')
                return false;
            if (quoted)
                steps.Add((rest[2..(end - 1)].ToString(), 0));
            else if (int.TryParse(rest[1..end], NumberStyles.None, CultureInfo.InvariantCulture, out var index))
                steps.Add((null, index));
            else
                return false;
            rest = rest[(end + 1)..];
            return true;
        }

        if (!first)
        {
            if (rest[0] != '.')
                return false;
            rest = rest[1..];
        }

        var length = rest.IndexOfAny('.', '[');
        if (length < 0)
            length = rest.Length;
        if (length == 0)
            return false;
        steps.Add((rest[..length].ToString(), 0));
        rest = rest[length..];
        return true;
    }
}
