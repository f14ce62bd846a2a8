using System.Text;

namespace Nbpy.Subscribers;

/// <summary>How a measurement's points are cut out of messages: which keys are tags, which fields. <c>source</c> is always a tag.</summary>
public sealed class MeasurementLayout
{
    /// <param name="name">The measurement.</param>
    /// <param name="tags">Keys stored as tags.</param>
    /// <param name="fields">Keys stored as fields.</param>
    public MeasurementLayout(string name, IEnumerable<string> tags, IEnumerable<string> fields)
    {
        Name = name;

        // InfluxDB asks for tags in the order of their names' bytes.
        Tags = [.. tags.Append("source").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        Fields = [.. fields.Distinct(StringComparer.Ordinal)];
        Keys = [.. Tags.Concat(Fields).Select(Encoding.UTF8.GetBytes)];
    }

    /// <summary>The measurement's name.</summary>
    public string Name { get; }

    /// <summary>Tags in line-protocol order.</summary>
    public IReadOnlyList<string> Tags { get; }

    /// <summary>Fields in the configuration's order.</summary>
    public IReadOnlyList<string> Fields { get; }

    /// <summary>UTF-8 of every tag's and then every field's name: the index is the slot.</summary>
    internal byte[][] Keys { get; }
}
