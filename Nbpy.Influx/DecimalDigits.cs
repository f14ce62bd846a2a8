using System.Buffers.Binary;
using System.Buffers.Text;
using System.Runtime.CompilerServices;

namespace Nbpy.Influx;

/// <summary>Writes numbers in decimal digits: integers, and doubles in the fewest digits that read back as the same double. Prices and sizes
/// have few decimals, and a column's values mostly the same number of them: that number, tried first, makes a division and an integer of what
/// is a search in general.</summary>
public static class DecimalDigits
{
    /// <summary>Bytes that the longest number takes, and that the destination must have.</summary>
    public const int MaxLength = 32;

    private const int MostDecimals = 9;

    /// <summary>Below this every decimal number reads as a double of its own (15 digits), so that digits that read back are the fewest.</summary>
    private const double MostDigits = 1e15;

    /// <summary>What eight digits hold.</summary>
    private const ulong Chunk = 100_000_000;

    private const ulong Zeros = 0x3030303030303030;

    private static readonly double[] Powers = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

    private static readonly ulong[] WholePowers = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000];

    /// <summary>Writes an integer.</summary>
    /// <param name="value">Any.</param>
    /// <param name="destination">At least <see cref="MaxLength"/> bytes.</param>
    /// <returns>How many bytes were written.</returns>
    public static int Write(long value, Span<byte> destination)
    {
        if (value >= 0)
            return WriteWhole((ulong)value, destination);
        destination[0] = (byte)'-';
        return 1 + WriteWhole(unchecked(0 - (ulong)value), destination[1..]);
    }

    /// <summary>Writes a finite number.</summary>
    /// <param name="value">Finite.</param>
    /// <param name="destination">At least <see cref="MaxLength"/> bytes.</param>
    /// <param name="decimals">In: how many decimals the column's numbers had so far; out: how many to expect of the next. A number with
    /// fewer lowers it slowly, since the last digits of prices are zeros now and then.</param>
    /// <returns>How many bytes were written.</returns>
    public static int Write(double value, Span<byte> destination, ref int decimals)
    {
        if (Scaled(value, decimals, out var digits) || Scaled(value, decimals = MostDecimals, out digits))
            return Write(value, digits, destination, ref decimals);
        decimals = 0;
        Utf8Formatter.TryFormat(value, destination, out var written);
        return written;
    }

    /// <summary>The number times ten to the decimals, when that is an integer that reads back as the number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Scaled(double value, int decimals, out ulong digits)
    {
        // Both are exact doubles, so the quotient is the double nearest to the decimal number.
        var scaled = Math.Round(Math.Abs(value) * Powers[decimals]);
        digits = Whole(scaled);
        return scaled is > 0 and < MostDigits && scaled / Powers[decimals] == Math.Abs(value);
    }

    /// <summary>The integer before the point. Without the checks of a cast, which have nothing to find below <see cref="MostDigits"/>.</summary>
    private static ulong Whole(double value) => (ulong)double.ConvertToIntegerNative<long>(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Write(double value, ulong digits, Span<byte> destination, ref int decimals)
    {
        var start = 0;
        if (value < 0)
            destination[start++] = (byte)'-';

        // Rounded to a double, a decimal number does not pass an integer: what stands before the point is the double's own.
        var whole = Whole(Math.Abs(value));
        start += WriteWhole(whole, destination[start..]);
        var fraction = digits - (whole * WholePowers[decimals]);
        var own = fraction == 0 ? 0 : decimals;
        while (own > 0 && Math.DivRem(fraction, 10) is var (tenth, rest) && rest == 0)
            (fraction, own) = (tenth, own - 1);
        if (decimals == MostDecimals)
            decimals = own;
        else if (own < decimals - 1)
            decimals--;
        if (own == 0)
            return start;
        destination[start] = (byte)'.';
        WriteFraction(fraction, own, destination[(start + 1)..]);
        return start + 1 + own;
    }

    /// <summary>Writes an integer without zeros before it.</summary>
    private static int WriteWhole(ulong value, Span<byte> destination)
    {
        var length = 0;
        if (value >= Chunk)
        {
            var (upper, lower) = Math.DivRem(value, Chunk);
            length = WriteWhole(upper, destination);
            BinaryPrimitives.WriteUInt64LittleEndian(destination[length..], Digits(lower) | Zeros);
            return length + 8;
        }

        // The first digit is the lowest byte.
        var digits = Digits(value);
        var zeros = value == 0 ? 7 : System.Numerics.BitOperations.TrailingZeroCount(digits) / 8;
        BinaryPrimitives.WriteUInt64LittleEndian(destination, (digits | Zeros) >> (zeros * 8));
        return 8 - zeros;
    }

    /// <summary>Writes an integer in so many digits, zeros before it.</summary>
    /// <param name="fraction">Less than ten to the count.</param>
    /// <param name="count">1 to 9.</param>
    /// <param name="destination">Nine bytes and more.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WriteFraction(ulong fraction, int count, Span<byte> destination)
    {
        if (count == MostDecimals)
        {
            var (first, others) = Math.DivRem(fraction, Chunk);
            destination[0] = (byte)('0' + first);
            BinaryPrimitives.WriteUInt64LittleEndian(destination[1..], Digits(others) | Zeros);
            return;
        }

        BinaryPrimitives.WriteUInt64LittleEndian(destination, (Digits(fraction) | Zeros) >> ((8 - count) * 8));
    }

    /// <summary>Eight digits, a byte each, the first in the lowest byte: halves, quarters and digits are divided side by side in one word.</summary>
    /// <param name="value">Below <see cref="Chunk"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Digits(ulong value)
    {
        var fours = (value / 10_000) | ((value % 10_000) << 32);
        var hundreds = ((fours * 5_243) >> 19) & 0x0000007f_0000007f;
        var pairs = hundreds + ((fours - (hundreds * 100)) << 16);
        var tens = ((pairs * 103) >> 10) & 0x000f000f_000f000f;
        return tens + ((pairs - (tens * 10)) << 8);
    }
}
