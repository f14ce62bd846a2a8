using System.Globalization;
using System.Text;
using System.Text.Json;
using Nbpy.Publishers.Decoding;

namespace Nbpy.Publishers.Tests.Kraken;

public sealed class JsonDecimalTests
{
    [Theory]
    [InlineData("0.00100000")]
    [InlineData("29431.0")]
    [InlineData("0")]
    [InlineData("-0.00")]
    [InlineData("-12.50")]
    [InlineData("1.5e-05")]
    [InlineData("999999999999999999")]
    [InlineData("9999999999999999999")]
    [InlineData("0.000000000000000001")]
    [InlineData("12345678901234567.89")]
    [InlineData("1234567890.123456789012345678")]
    public void A_number_keeps_its_digits_and_its_scale(string text)
    {
        var reader = new Utf8JsonReader(Encoding.ASCII.GetBytes(text));
        reader.Read();
        Assert.Equal(decimal.GetBits(reader.GetDecimal()), decimal.GetBits(JsonDecimal.Read(ref reader)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData(".5")]
    [InlineData("5.")]
    [InlineData("1.2.3")]
    [InlineData("1e5")]
    [InlineData("+1")]
    [InlineData("1 ")]
    [InlineData("--1")]
    [InlineData("-0.0")]
    [InlineData("1234567890123456789")]
    public void What_is_not_simple_is_left_to_the_framework(string text) =>
        Assert.False(JsonDecimal.TryParse(Encoding.ASCII.GetBytes(text), out _));

    [Fact]
    public void Any_simple_number_is_what_the_framework_makes_of_it()
    {
        var random = new Random(11);
        for (var i = 0; i < 20_000; i++)
        {
            var number = new decimal((int)random.NextInt64(), random.Next(1 << 27), 0, random.Next(2) == 0, (byte)random.Next(18));
            var text = number.ToString(CultureInfo.InvariantCulture);
            if (JsonDecimal.TryParse(Encoding.ASCII.GetBytes(text), out var parsed))
                Assert.Equal(decimal.GetBits(number), decimal.GetBits(parsed));
            else
                Assert.True(text.Length > 18, text);
        }
    }
}
