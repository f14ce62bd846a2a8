using Nbpy.Viewer.Store;

namespace Nbpy.Grafana.Tests;

public sealed class ReadOnlyQueryTests
{
    [Theory]
    [InlineData("SELECT mean(\"bid\") FROM \"default\".\"kraken_tick\" WHERE \"pair\" = 'XBT/USD' GROUP BY time(1s) fill(none)")]
    [InlineData("select (mean(\"a\") - 1) / mean(\"b\") / 2 FROM x")]
    [InlineData("SELECT x FROM y WHERE \"pair\" =~ /^(XBT\\/USD|a'b)$/; SHOW TAG VALUES FROM y WITH KEY = \"pair\"")]
    [InlineData("SELECT \"into\" FROM y WHERE a = 'DROP DATABASE x; SELECT 1 INTO z'")]
    [InlineData("SHOW FIELD KEYS")]
    public void ReadsPass(string query) => Assert.Null(ReadOnlyQuery.Refusal(query));

    [Theory]
    [InlineData("DROP DATABASE tick")]
    [InlineData("SELECT * INTO other FROM kraken_tick")]
    [InlineData("SELECT 1 FROM x; DELETE FROM x")]
    [InlineData("SELECT x FROM y WHERE a =~ /'/; DROP DATABASE tick --'/")]
    [InlineData("SELECT /'/ FROM y; DROP DATABASE tick; SELECT '/' FROM y")]
    [InlineData("SELECT x FROM /'/; DROP DATABASE tick; SELECT '/' FROM y")]
    [InlineData("SELECT x FROM y WHERE a = 'open")]
    [InlineData("SELECT x /* ' */ FROM y; DROP DATABASE tick --'")]
    [InlineData("SHOW USERS")]
    [InlineData("SHOW GRANTS FOR zmq")]
    [InlineData("EXPLAIN ANALYZE SELECT 1 FROM x")]
    [InlineData(" ; ")]
    public void AnythingElseIsRefused(string query) => Assert.NotNull(ReadOnlyQuery.Refusal(query));
}
