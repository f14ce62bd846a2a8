using System.Runtime.InteropServices;

namespace Nbpy.Messaging;

/// <summary>What a <see cref="FieldValue"/> holds.</summary>
public enum FieldKind : byte
{
    /// <summary>No value: the key is left out of the message.</summary>
    None,
    Float,
    Integer,
    Text,
    Boolean,
}

/// <summary>One value of a message, without boxing. A decimal becomes a double here and nowhere earlier.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct FieldValue
{
    private readonly double number;
    private readonly long integer;

    private FieldValue(FieldKind kind, double number, long integer, string? text)
    {
        Kind = kind;
        this.number = number;
        this.integer = integer;
        Text = text;
    }

    /// <summary>Which of the accessors holds the value.</summary>
    public FieldKind Kind { get; }

    /// <summary>The value when <see cref="Kind"/> is <see cref="FieldKind.Float"/>.</summary>
    public double Number => number;

    /// <summary>The value when <see cref="Kind"/> is <see cref="FieldKind.Integer"/>.</summary>
    public long Integer => integer;

    /// <summary>The value when <see cref="Kind"/> is <see cref="FieldKind.Boolean"/>.</summary>
    public bool Boolean => integer != 0;

    /// <summary>The value when <see cref="Kind"/> is <see cref="FieldKind.Text"/>.</summary>
    public string? Text { get; }

    public static implicit operator FieldValue(double value) => new(FieldKind.Float, value, 0, null);

    public static implicit operator FieldValue(decimal value) => new(FieldKind.Float, (double)value, 0, null);

    public static implicit operator FieldValue(decimal? value) => value is { } v ? v : default(FieldValue);

    public static implicit operator FieldValue(long value) => new(FieldKind.Integer, 0, value, null);

    public static implicit operator FieldValue(int value) => new(FieldKind.Integer, 0, value, null);

    public static implicit operator FieldValue(bool value) => new(FieldKind.Boolean, 0, value ? 1 : 0, null);

    public static implicit operator FieldValue(string? value) =>
        value is null ? default : new(FieldKind.Text, 0, 0, value);

    /// <summary>From a boxed value, for dictionaries of a user's own.</summary>
    /// <exception cref="ArgumentException">The type has no place in a message, or the number is above a signed integer's range.</exception>
    public static FieldValue From(object? value) => value switch
    {
        null => default,
        FieldValue v => v,
        double v => v,
        float v => (double)v,
        decimal v => v,
        long v => v,
        int v => v,
        short v => (long)v,
        byte v => (long)v,
        uint v => (long)v,
        sbyte v => (long)v,
        ushort v => (long)v,
        ulong v and <= long.MaxValue => (long)v,
        bool v => v,
        string v => v,
        ulong v => throw new ArgumentException($"{v} is above the largest integer of a message, {long.MaxValue}.", nameof(value)),
        _ => throw new ArgumentException(
            $"A message field cannot hold a {value.GetType().Name}; use a number, a string or a boolean.", nameof(value)),
    };
}
