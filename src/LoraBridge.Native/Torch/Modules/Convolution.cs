using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>What the convolutions share: weight, bias, and how the kernel walks over the input.</summary>
public abstract class Convolution : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = nameof(weight))] private Parameter? _weight;
    [ComponentName(Name = nameof(bias))] private Parameter? _bias;

    private protected Convolution(string name, ConvolutionShape shape, bool bias, Device? device, ScalarType? dtype) : base(name)
    {
        in_channels = shape.InChannels;
        out_channels = shape.OutChannels;
        kernel_size = shape.KernelSize;
        stride = shape.Stride;
        padding = shape.PaddingType is null ? shape.Padding : null;
        padding_type = shape.PaddingType;
        dilation = shape.Dilation;
        output_padding = shape.OutputPadding;
        transposed = shape.Transposed;
        groups = shape.Groups;
        padding_mode = shape.PaddingMode;
        if (transposed && padding_mode != PaddingModes.Zeros) throw new ArgumentException("A transposed convolution pads with zeros only.", nameof(shape));
        if (padding_type == Padding.Same && stride.Any(step => step != 1)) throw new ArgumentException("Padding.Same needs a stride of 1.", nameof(shape));

        long[] channels = transposed ? [in_channels, out_channels / groups] : [out_channels, in_channels / groups];
        weight = new Parameter(empty([.. channels, .. kernel_size], dtype, device));
        if (bias) this.bias = new Parameter(empty([out_channels], dtype, device));
        reset_parameters();
    }

    public Parameter weight { get => _weight!; set => Replace(ref _weight, value, nameof(weight)); }

    public Parameter? bias { get => _bias; set => Replace(ref _bias, value, nameof(bias)); }

    public long in_channels { get; }
    public long out_channels { get; }
    public bool transposed { get; }
    public Padding? padding_type { get; }
    public long[]? padding { get; }
    public PaddingModes padding_mode { get; set; }
    public long groups { get; set; }
    public long[] kernel_size { get; set; }
    public long[] stride { get; set; }
    public long[] dilation { get; set; }
    public long[] output_padding { get; set; }

    public void reset_parameters() => nn.init.Defaults(weight, bias);

    // what a padding mode other than zeros puts around the input before the convolution, last dimension first
    private protected long[] PaddingAround()
    {
        var around = new long[2 * kernel_size.Length];
        for (var i = 0; i < kernel_size.Length; i++)
        {
            var total = padding_type switch
            {
                Padding.Same => dilation[i] * (kernel_size[i] - 1),
                Padding.Valid => 0,
                _ => 2 * padding![i],
            };
            var last = around.Length - 2 * (i + 1);
            around[last] = total / 2;
            around[last + 1] = total - total / 2;
        }
        return around;
    }

    // libtorch's own message would speak of the weight, not of the layer
    private protected void RequireChannels(Tensor input, int dimensions)
    {
        var shape = input.shape;
        if (shape.Length == dimensions + 2 && shape[1] == in_channels) return;
        if (shape.Length == dimensions + 1 && shape[0] == in_channels) return;
        throw new ArgumentException($"{GetName()} takes ({(transposed ? "" : "B, ")}{in_channels} channels, {dimensions} more dimensions), but got ({string.Join(", ", shape)}).", nameof(input));
    }
}

/// <summary>The numbers of a convolution, one entry per spatial dimension where there are several.</summary>
internal sealed record ConvolutionShape(long InChannels, long OutChannels, long[] KernelSize, long[] Stride, long[] Padding, long[] Dilation)
{
    public Padding? PaddingType { get; init; }
    public long[] OutputPadding { get; init; } = [0, 0];
    public bool Transposed { get; init; }
    public long Groups { get; init; } = 1;
    public PaddingModes PaddingMode { get; init; }
}
