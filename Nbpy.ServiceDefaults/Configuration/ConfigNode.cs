using System.Text;
using System.Text.Json;

namespace Nbpy.ServiceDefaults.Configuration;

/// <summary>A JSON value that knows its place: path and line. Comments and trailing commas are allowed.</summary>
internal sealed class ConfigNode
{
    private ConfigNode(string path, int line, JsonTokenType type, string text)
    {
        Path = path;
        Line = line;
        Type = type;
        Text = text;
    }

    public string Path { get; }

    public int Line { get; }

    /// <summary>StartObject, StartArray, String, Number, True, False or Null.</summary>
    public JsonTokenType Type { get; }

    /// <summary>A string's content, or the source text of any other value.</summary>
    public string Text { get; private set; }

    /// <summary>Members of an object in the file's order.</summary>
    public Dictionary<string, ConfigNode> Members { get; } = new(StringComparer.Ordinal);

    public List<ConfigNode> Items { get; } = [];

    /// <summary>Reads a whole document; keys written twice are added to <paramref name="errors"/>.</summary>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    public static ConfigNode Parse(byte[] json, List<ConfigurationError> errors)
    {
        // Some editors begin a file with a byte order mark.
        if (json.AsSpan().StartsWith("\uFEFF"u8))
            json = json[3..];
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = 32 });
        var lines = new LineIndex(json);
        reader.Read();
        var root = Read(ref reader, "$", json, lines, errors);
        reader.Read();
        return root;
    }

    private static ConfigNode Read(ref Utf8JsonReader reader, string path, byte[] json, LineIndex lines, List<ConfigurationError> errors)
    {
        var start = (int)reader.TokenStartIndex;
        var type = reader.TokenType;
        var text = type == JsonTokenType.String ? reader.GetString()! : Encoding.UTF8.GetString(reader.ValueSpan);
        var node = new ConfigNode(path, lines.LineAt(start), type, text);
        if (type is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
            return node;
        while (reader.Read() && reader.TokenType is not (JsonTokenType.EndObject or JsonTokenType.EndArray))
        {
            if (type == JsonTokenType.StartArray)
            {
                node.Items.Add(Read(ref reader, $"{path}[{node.Items.Count}]", json, lines, errors));
                continue;
            }

            var name = reader.GetString()!;
            var line = lines.LineAt((int)reader.TokenStartIndex);
            reader.Read();
            var member = Read(ref reader, $"{path}.{name}", json, lines, errors);
            if (!node.Members.TryAdd(name, member))
                errors.Add(new ConfigurationError($"{path}.{name}", line, $"The key '{name}' is written twice; keep one."));
        }

        node.Text = Encoding.UTF8.GetString(json.AsSpan(start, (int)reader.BytesConsumed - start));
        return node;
    }

    /// <summary>Finds the line of a byte.</summary>
    private sealed class LineIndex
    {
        private readonly List<int> starts = [0];

        public LineIndex(byte[] json)
        {
            for (var i = 0; i < json.Length; i++)
                if (json[i] == (byte)'\n')
                    starts.Add(i + 1);
        }

        public int LineAt(int offset)
        {
            var index = starts.BinarySearch(offset);
            return index >= 0 ? index + 1 : ~index;
        }
    }
}
