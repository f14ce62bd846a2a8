using System.Buffers.Text;

namespace Nbpy.Publishers.Kraken;

/// <summary>The book checksum of Kraken's WebSocket v2 guide: CRC-32 over the digits of the ten best asks, then of the
/// ten best bids; price then quantity of each, without the point and without leading zeros.</summary>
public static class KrakenChecksum
{
    /// <summary>Levels of a side that count, whatever the subscribed depth.</summary>
    public const int Levels = 10;

    // A decimal has at most 29 digits; padding can bring a few more.
    private const int MaxDigits = 40;

    /// <summary>Computes the checksum of a book.</summary>
    /// <param name="asks">Asks, lowest price first; those after the tenth are ignored.</param>
    /// <param name="bids">Bids, highest price first; those after the tenth are ignored.</param>
    /// <param name="pricePrecision">Decimals of a price to pad to, for input that lost its trailing zeros; -1 takes the
    /// digits as sent.</param>
    /// <param name="quantityPrecision">The same for quantities.</param>
    public static uint Compute(
        ReadOnlySpan<KrakenLevel> asks, ReadOnlySpan<KrakenLevel> bids, int pricePrecision = -1, int quantityPrecision = -1)
    {
        Span<byte> text = stackalloc byte[2 * Levels * 2 * MaxDigits];
        var length = 0;
        Append(asks, text, ref length, pricePrecision, quantityPrecision);
        Append(bids, text, ref length, pricePrecision, quantityPrecision);
        return Crc32.Compute(text[..length]);
    }

    private static void Append(
        ReadOnlySpan<KrakenLevel> levels, Span<byte> text, ref int length, int pricePrecision, int quantityPrecision)
    {
        if (levels.Length > Levels)
            levels = levels[..Levels];
        foreach (ref readonly var level in levels)
        {
            AppendDigits(level.Price, pricePrecision, text, ref length);
            AppendDigits(level.Quantity, quantityPrecision, text, ref length);
        }
    }

    // A decimal is an integer and a scale, and it keeps the zeros it was parsed with: its integer, printed, is the number
    // without its point and without leading zeros.
    private static void AppendDigits(decimal value, int precision, Span<byte> text, ref int length)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        var low = (uint)bits[0] | ((ulong)(uint)bits[1] << 32);
        var missingZeros = precision - ((bits[3] >> 16) & 0x7F);
        if (bits[2] == 0 && low == 0)
            return;
        int written;
        if (bits[2] == 0)
            Utf8Formatter.TryFormat(low, text[length..], out written);
        else
            new UInt128((uint)bits[2], low).TryFormat(text[length..], out written, default, null);
        length += written;
        for (; missingZeros > 0; missingZeros--)
            text[length++] = (byte)'0';
    }
}
