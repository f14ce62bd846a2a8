using System.Globalization;
using System.Text;
using Nbpy.EmbeddedInflux.Storage;
using Nbpy.EmbeddedInflux.Storage.LineProtocol;

namespace Nbpy.EmbeddedInflux.Tests.Storage;

public class LineParserTests
{
    [Theory]
    [InlineData("cpu", "missing fields")]
    [InlineData(",a=b f=1", "missing measurement")]
    [InlineData("cpu, a=1", "missing tag key")]
    [InlineData("cpu,a= f=1", "missing tag value")]
    [InlineData("cpu,a=b=c f=1", "invalid tag format")]
    [InlineData("cpu a=", "missing field value")]
    [InlineData("cpu =1", "missing field key")]
    [InlineData("cpu a=1.5i", "invalid number")]
    [InlineData("cpu a=1e", "invalid float")]
    [InlineData("cpu a=yes", "invalid boolean")]
    [InlineData("cpu a=\"x", "unbalanced quotes")]
    [InlineData("cpu a=1 soon", "bad timestamp")]
    [InlineData("cpu a=1 1 1", "point is invalid")]
    public void A_bad_line_is_named_in_influxds_words(string line, string error)
        => Assert.Equal(error, LineParser.Parse(Encoding.UTF8.GetBytes(line), 1, new ParsedPoint()));

    [Fact]
    public void Every_type_is_read()
    {
        var point = new ParsedPoint();
        Assert.Null(LineParser.Parse("m f=-1.5e3,i=-7i,b=T,s=\"a\\\"b\\\\c, d=e\" -5"u8, 1_000, point));
        Assert.Equal([FieldType.Float, FieldType.Integer, FieldType.Boolean, FieldType.String], point.Fields.ToArray().Select(f => f.Type));
        Assert.Equal(-1500, BitConverter.Int64BitsToDouble(point.Fields[0].Bits));
        Assert.Equal(-7, point.Fields[1].Bits);
        Assert.Equal(1, point.Fields[2].Bits);
        Assert.Equal("a\"b\\c, d=e", point.Fields[3].Text);
        Assert.Equal(-5_000, point.Time);
    }

    [Fact]
    public void A_number_is_the_nearest_double()
    {
        var random = new Random(1);
        var point = new ParsedPoint();
        string[] numbers = ["-0", ".5", "5.", "000000000000000000001.5", "0.000000000000001", "999999999999999", "9007199254740993", "4.35", "1e22", "1e-5"];
        foreach (var number in numbers.Concat(Enumerable.Range(0, 20_000).Select(_ => Decimal(random))))
        {
            Assert.Null(LineParser.Parse(Encoding.ASCII.GetBytes($"m f={number}"), 1, point));
            Assert.Equal(BitConverter.DoubleToInt64Bits(double.Parse(number, CultureInfo.InvariantCulture)), point.Fields[0].Bits);
        }
    }

    private static string Decimal(Random random)
    {
        var digits = string.Concat(Enumerable.Range(0, random.Next(1, 20)).Select(_ => random.Next(10)));
        return (random.Next(2) == 0 ? "-" : "") + digits.Insert(random.Next(digits.Length + 1), ".");
    }

    [Fact]
    public void A_newline_in_a_quoted_string_does_not_end_the_line()
    {
        ReadOnlySpan<byte> rest = "m s=\"a\nb\" 1\nm f=2"u8;
        Assert.Equal("m s=\"a\nb\" 1", Encoding.UTF8.GetString(LineParser.NextLine(ref rest)));
        Assert.Equal("m f=2", Encoding.UTF8.GetString(LineParser.NextLine(ref rest)));
        Assert.True(rest.IsEmpty);
    }
}
