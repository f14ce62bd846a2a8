using NJsonSchema;

namespace Nbpy.Configuration.Tests;

public sealed class SchemaTests
{
    [Fact]
    public async Task The_projects_own_file_is_what_the_schema_says()
    {
        var schema = await JsonSchema.FromFileAsync(Path.Combine(TestFiles.Root, "integration_config.schema.json"), TestContext.Current.CancellationToken);
        var text = await File.ReadAllTextAsync(Path.Combine(TestFiles.Root, "integration_config.json"), TestContext.Current.CancellationToken);
        Assert.Empty(schema.Validate(text));
        Assert.Empty(schema.Validate(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "original.json"), TestContext.Current.CancellationToken)));
        Assert.NotEmpty(schema.Validate(text.Replace("\"topic\"", "\"topik\"", StringComparison.Ordinal)));
    }
}
