using System.Globalization;
using System.Text;

namespace Nbpy.Influx.Tests;

/// <summary>Numbers as they are written into line protocol: the fewest digits that read back as the same double.</summary>
public sealed class DecimalDigitsTests
{
    [Theory]
    [InlineData(0.1, "0.1")]
    [InlineData(29431.0, "29431")]
    [InlineData(62809.36, "62809.36")]
    [InlineData(0.00000001, "0.00000001")]
    [InlineData(0.000123456, "0.000123456")]
    [InlineData(-1.5, "-1.5")]
    [InlineData(-0.05, "-0.05")]
    [InlineData(0.0, "0")]
    [InlineData(100, "100")]
    [InlineData(4473.99704028, "4473.99704028")]
    [InlineData(999999999999999, "999999999999999")]
    public void Prices_and_sizes_are_written_as_people_write_them(double value, string expected)
    {
        for (var guess = 0; guess <= 9; guess++)
            Assert.Equal(expected, Write(value, guess).Text);
    }

    [Fact]
    public void The_number_of_decimals_is_what_the_next_number_of_the_column_begins_with()
    {
        Assert.Equal(2, Write(62809.36, 0).Decimals);
        Assert.Equal(2, Write(62809.3, 2).Decimals);
        Assert.Equal(1, Write(62809, 2).Decimals);
        Assert.Equal(1, Write(62809.3, 9).Decimals);
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(-1, "-1")]
    [InlineData(99_999_999, "99999999")]
    [InlineData(100_000_000, "100000000")]
    [InlineData(1_780_000_000_000_500_000, "1780000000000500000")]
    [InlineData(long.MaxValue, "9223372036854775807")]
    [InlineData(long.MinValue, "-9223372036854775808")]
    public void Integers_are_written_whole(long value, string expected)
    {
        Span<byte> text = stackalloc byte[DecimalDigits.MaxLength];
        Assert.Equal(expected, Encoding.UTF8.GetString(text[..DecimalDigits.Write(value, text)]));
    }

    [Fact]
    public void Every_integer_is_written_as_the_framework_writes_it()
    {
        var random = new Random(20261125);
        Span<byte> text = stackalloc byte[DecimalDigits.MaxLength];
        for (var i = 0; i < 300_000; i++)
        {
            var value = random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64);
            Assert.Equal(value.ToString(CultureInfo.InvariantCulture), Encoding.UTF8.GetString(text[..DecimalDigits.Write(value, text)]));
        }
    }

    [Fact]
    public void Every_double_reads_back_as_itself_and_takes_no_more_digits_than_it_needs()
    {
        var random = new Random(20261123);
        for (var i = 0; i < 300_000; i++)
        {
            var value = (i % 4) switch
            {
                0 => BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue)),
                1 => (double)decimal.Round((decimal)(random.NextDouble() * Math.Pow(10, random.Next(0, 9))), random.Next(0, 10)),
                2 => BitConverter.Int64BitsToDouble(BitConverter.DoubleToInt64Bits(random.Next(1, 1_000_000) / Math.Pow(10, random.Next(0, 9))) + random.Next(-2, 3)),
                _ => random.NextInt64(-2_000_000_000_000_000, 2_000_000_000_000_000) / Math.Pow(10, random.Next(0, 6)),
            };
            if (!double.IsFinite(value))
                continue;
            var text = Write(value, random.Next(0, 10)).Text;
            Assert.Equal(BitConverter.DoubleToInt64Bits(value), BitConverter.DoubleToInt64Bits(double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture)));
            Assert.True(Digits(text) <= Digits(value.ToString("R", CultureInfo.InvariantCulture)), text);
        }
    }

    /// <summary>Significant digits.</summary>
    private static int Digits(string number)
    {
        var mantissa = number.Split('E')[0].TrimStart('-').Replace(".", "", StringComparison.Ordinal).TrimStart('0');
        return number.Contains('.', StringComparison.Ordinal) ? mantissa.Length : mantissa.TrimEnd('0').Length;
    }

    private static (string Text, int Decimals) Write(double value, int decimals)
    {
        Span<byte> text = stackalloc byte[DecimalDigits.MaxLength];
        return (Encoding.UTF8.GetString(text[..DecimalDigits.Write(value, text, ref decimals)]), decimals);
    }
}
