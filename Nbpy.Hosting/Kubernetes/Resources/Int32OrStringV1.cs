using System.Globalization;

namespace Nbpy.Hosting.Kubernetes.Resources;

/// <summary>A number, or a name (Kubernetes API, IntOrString).</summary>
/// <param name="Number">The number.</param>
/// <param name="Text">The name, where it is none.</param>
public sealed record Int32OrStringV1(int? Number = null, string? Text = null)
{
    public Int32OrStringV1(int value)
        : this(Number: value)
    {
    }

    public Int32OrStringV1(string? value)
        : this(int.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : null, null) => Text = Number is null ? value : null;

    /// <summary>As text.</summary>
    public string? Value => Number?.ToString(CultureInfo.InvariantCulture) ?? Text;

    public static implicit operator Int32OrStringV1(int value) => new(value);

    public static implicit operator Int32OrStringV1?(string? value) => value is null ? null : new(value);

    /// <inheritdoc/>
    public override string? ToString() => Value;
}
