using System.Buffers.Text;

namespace Nbpy.Influx;

/// <summary>Writes a double in the fewest digits that read back as the same double. Prices and sizes have few decimals, and a column's
/// values mostly the same number of them: that number, tried first, makes a division and an integer of what is a search in general.</summary>
public static class DecimalDigits
{
    /// <summary>Bytes that the longest number takes.</summary>
    public const int MaxLength = 32;

    private const int MostDecimals = 9;

    /// <summary>Below this every decimal number reads as a double of its own (15 digits), so that digits that read back are the fewest.</summary>
    private const double MostDigits = 1e15;

    private static readonly double[] Powers = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

    /// <summary>Writes a finite number.</summary>
    /// <param name="value">Finite.</param>
    /// <param name="destination">At least <see cref="MaxLength"/> bytes.</param>
    /// <param name="decimals">In: how many decimals the column's last number had; out: this one's.</param>
    /// <returns>How many bytes were written.</returns>
    public static int Write(double value, Span<byte> destination, ref int decimals)
    {
        if (Scaled(value, decimals, out var digits) || Scaled(value, decimals = MostDecimals, out digits))
            return Write(value < 0, (long)digits, destination, ref decimals);
        decimals = 0;
        Utf8Formatter.TryFormat(value, destination, out var written);
        return written;
    }

    /// <summary>The number times ten to the decimals, when that is an integer that reads back as the number.</summary>
    private static bool Scaled(double value, int decimals, out double digits)
    {
        // Both are exact doubles, so the quotient is the double nearest to the decimal number.
        digits = Math.Round(Math.Abs(value) * Powers[decimals]);
        return digits is > 0 and < MostDigits && digits / Powers[decimals] == Math.Abs(value);
    }

    private static int Write(bool negative, long digits, Span<byte> destination, ref int decimals)
    {
        while (decimals > 0 && Math.DivRem(digits, 10) is var (tenth, rest) && rest == 0)
            (digits, decimals) = (tenth, decimals - 1);
        var start = 0;
        if (negative)
            destination[start++] = (byte)'-';
        Utf8Formatter.TryFormat(digits, destination[start..], out var length);
        if (decimals == 0)
            return start + length;
        var number = destination[start..];
        if (length <= decimals)
        {
            // 0.0…
            number[..length].CopyTo(number[(decimals + 1 - length)..]);
            number[..(decimals + 1 - length)].Fill((byte)'0');
            length = decimals + 1;
        }

        number[(length - decimals)..length].CopyTo(number[(length - decimals + 1)..]);
        number[length - decimals] = (byte)'.';
        return start + length + 1;
    }
}
