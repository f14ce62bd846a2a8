using System.Text.Json;

namespace Nbpy.Publishers.Kraken;

/// <summary>What can still be read of a frame that cannot be decoded: what it was about.</summary>
internal readonly struct KrakenBrokenFrame
{
    private KrakenBrokenFrame(string? channel, IReadOnlyList<string> symbols, bool isJson) =>
        (Channel, Symbols, IsJson) = (channel, symbols, isJson);

    /// <summary>The channel; null when none was found.</summary>
    public string? Channel { get; }

    /// <summary>The pairs that were found.</summary>
    public IReadOnlyList<string> Symbols { get; }

    /// <summary>False where the text breaks off or is no JSON: there may have been more in it.</summary>
    public bool IsJson { get; }

    /// <summary>True when the frame was, or may have been, one of a channel.</summary>
    public bool MayBe(string channel) => Channel is null ? !IsJson : Channel == channel;

    /// <summary>Reads as far as it goes.</summary>
    public static KrakenBrokenFrame Read(ReadOnlySpan<byte> frame)
    {
        string? channel = null;
        var symbols = new List<string>();
        var isJson = false;
        try
        {
            var reader = new Utf8JsonReader(frame);
            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName)
                    continue;
                var isChannel = reader.CurrentDepth == 1 && reader.ValueTextEquals("channel"u8);
                if (!isChannel && !reader.ValueTextEquals("symbol"u8))
                    continue;
                if (!reader.Read() || reader.TokenType != JsonTokenType.String)
                    continue;
                if (isChannel)
                    channel = reader.GetString();
                else
                    symbols.Add(reader.GetString()!);
            }

            isJson = frame.Length > 0;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // As far as it goes.
        }

        return new KrakenBrokenFrame(channel, symbols, isJson);
    }
}
