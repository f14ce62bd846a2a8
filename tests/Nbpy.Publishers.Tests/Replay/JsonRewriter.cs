using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Nbpy.Publishers.Tests.Replay;

/// <summary>Writes JSON anew that says the same: members in another order, white space, characters of texts escaped, unknown members (some
/// with familiar names further in), and null for members of a list that an object does not have. Digits stay as they are.</summary>
internal sealed class JsonRewriter(int seed, params string[] optional)
{
    private const string Unknown = "\"zz_new\":" + """{"symbol":"X/Y","channel":"book","type":[null],"id":[{"op":"mcm"}],"data":7,"rc":{}}""";

    private readonly Random random = new(seed);
    private readonly StringBuilder text = new();

    public ReadOnlyMemory<byte> Rewrite(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json);
        text.Clear();
        Write(document.RootElement);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private void Write(JsonElement element)
    {
        Space();
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(element);
                break;
            case JsonValueKind.Array:
                text.Append('[');
                var first = true;
                foreach (var item in element.EnumerateArray())
                {
                    text.Append(first ? "" : ",");
                    first = false;
                    Write(item);
                }

                text.Append(']');
                break;
            case JsonValueKind.String:
                WriteText(element.GetString()!);
                break;
            default:
                text.Append(element.GetRawText());
                break;
        }

        Space();
    }

    private void WriteObject(JsonElement element)
    {
        var members = element.EnumerateObject().Select(m => (Action)(() =>
        {
            text.Append(CultureInfo.InvariantCulture, $"\"{m.Name}\"");
            Space();
            text.Append(':');
            Write(m.Value);
        })).ToList();
        members.Add(() => text.Append(Unknown));
        members.AddRange(optional.Where(name => !element.TryGetProperty(name, out _)).Select(name => (Action)(() => text.Append(CultureInfo.InvariantCulture, $"\"{name}\":null"))));
        var order = members.ToArray();
        random.Shuffle(order);
        text.Append('{');
        for (var i = 0; i < order.Length; i++)
        {
            text.Append(i == 0 ? "" : ",");
            Space();
            order[i]();
        }

        text.Append('}');
    }

    private void WriteText(string value)
    {
        text.Append('"');
        foreach (var c in value)
        {
            if (c is '"' or '\\' or < ' ' || char.IsSurrogate(c) || random.Next(20) == 0)
                text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else
                text.Append(c);
        }

        text.Append('"');
    }

    private void Space()
    {
        if (random.Next(8) == 0)
            text.Append(random.Next(2) == 0 ? " " : "\t");
    }
}
