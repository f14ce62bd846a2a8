using Nbpy.ServiceDefaults.Configuration;
using NJsonSchema;

namespace Nbpy.Configuration.Tests;

/// <summary>The example of docs/venues/websocket.md, as it stands there.</summary>
public sealed class WebSocketExampleTests
{
    [Fact]
    public async Task The_example_of_the_page_is_what_schema_and_reader_take_and_a_slip_is_what_they_refuse()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(TestFiles.Root, "docs", "venues", "websocket.md"), TestContext.Current.CancellationToken);
        const string Fence = "```json\n";
        var start = page.IndexOf(Fence, StringComparison.Ordinal) + Fence.Length;
        var example = "{" + page[start..page.IndexOf("```", start, StringComparison.Ordinal)] + "}";

        var schema = await JsonSchema.FromFileAsync(Path.Combine(TestFiles.Root, "integration_config.schema.json"), TestContext.Current.CancellationToken);
        Assert.Empty(schema.Validate(example));
        Assert.NotEmpty(schema.Validate(example.Replace("\"type\": \"integer\"", "\"type\": \"decimal\"", StringComparison.Ordinal)));
        Assert.NotEmpty(schema.Validate(example.Replace("\"unit\": \"ms\"", "\"unit\": \"days\"", StringComparison.Ordinal)));

        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, example, TestContext.Current.CancellationToken);
            var config = ConfigurationLoader.Load(path, new Dictionary<string, string?>());
            var feed = Assert.Single(config.Publishers).WebSocketFeed!;
            Assert.Equal(["""{"op":"subscribe","channel":"trades","symbols":["BTC-USD","ETH-USD"]}"""], feed.Subscribe);
            Assert.Equal(["price", "size", "id"], feed.Fields.Select(f => f.Name));
            Assert.Equal(["symbol", "exchange"], feed.Tags.Select(t => t.Name));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
