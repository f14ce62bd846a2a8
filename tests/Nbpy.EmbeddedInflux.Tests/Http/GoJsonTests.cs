using System.Buffers;
using System.Text;
using Nbpy.EmbeddedInflux.Http;

namespace Nbpy.EmbeddedInflux.Tests.Http;

public class GoJsonTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(1, "1")]
    [InlineData(-2.5, "-2.5")]
    [InlineData(0.1, "0.1")]
    [InlineData(1e20, "100000000000000000000")]
    [InlineData(1e21, "1e+21")]
    [InlineData(1.5e300, "1.5e+300")]
    [InlineData(0.000001, "0.000001")]
    [InlineData(0.00001234, "0.00001234")]
    [InlineData(0.0000001, "1e-7")]
    [InlineData(1.25e-10, "1.25e-10")]
    [InlineData(123456789012345680, "123456789012345680")]
    [InlineData(12345678.9, "12345678.9")]
    public void Floats_print_as_in_Go(double value, string expected)
    {
        var output = new ArrayBufferWriter<byte>();
        GoJson.WriteNumber(output, value);
        Assert.Equal(expected, Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void Strings_are_escaped_as_in_Go()
    {
        var output = new ArrayBufferWriter<byte>();
        GoJson.WriteString(output, "a\"\\\n<é>&\u0001\u2028");
        Assert.Equal("\"a\\\"\\\\\\n\\u003cé\\u003e\\u0026\\u0001\\u2028\"", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Theory]
    [InlineData(0, "1970-01-01T00:00:00Z")]
    [InlineData(500_000_000, "1970-01-01T00:00:00.5Z")]
    [InlineData(-5, "1969-12-31T23:59:59.999999995Z")]
    public void Times_have_the_digits_they_need(long time, string expected) => Assert.Equal(expected, GoJson.Time(time));
}
