using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using F = TorchSharp.torch.nn.functional;

namespace LoraBridge.Tests.Native;

[Collection(ProcessWide.Name)]
public class ModuleLifetimeTests
{
    [Fact]
    public void Parameters_OfModulesMadeInAScope_OutliveIt()
    {
        Sequential network;
        using (NewDisposeScope())
        {
            network = Sequential(Linear(2, 2), Conv2d(1, 1, 1), GroupNorm(1, 2), LayerNorm(2), Embedding(3, 2));
        }
        using (network)
        {
            Assert.Equal(9, network.parameters().Count());
            Assert.All(network.parameters(), parameter => Assert.False(parameter.IsInvalid));
        }
    }

    [Fact]
    public void Parameters_ConvertedInAScope_OutliveIt()
    {
        using var network = Sequential(Linear(2, 2), LayerNorm(2));
        using (NewDisposeScope()) network.to(float64);
        Assert.All(network.parameters(), parameter => Assert.Equal(float64, parameter.dtype));
    }

    [Fact]
    public void Dispose_OfAModule_DisposesAllThatItOwns()
    {
        var before = ProcessWide.CountTensors();
        var block = new Block();
        Assert.Equal(before + 9, Tensor.TotalCount);
        block.Dispose();
        Assert.Equal(before, Tensor.TotalCount);
        block.Dispose();
    }

    [Fact]
    public void Conversion_OfAModule_LeavesNothingBehind()
    {
        using var block = new Block();
        var before = ProcessWide.CountTensors();
        block.to(float64).bfloat16().@float();
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Training_OfAModule_LeavesNothingBehind()
    {
        var before = ProcessWide.CountTensors();
        using (var block = new Block())
        using (var optimizer = optim.AdamW(block.parameters(), 1e-3, weight_decay: 0.01))
        {
            long afterFirst = 0;
            for (var step = 0; step < 4; step++)
            {
                using (NewDisposeScope())
                {
                    optimizer.zero_grad();
                    F.mse_loss(block.call(randn(2, 4, 4, 4)), zeros(2, 4, 4, 4)).backward();
                    nn.utils.clip_grad_norm_(block.parameters(), 1);
                    optimizer.step();
                }
                if (step == 0) afterFirst = Tensor.TotalCount;
            }
            Assert.Equal(afterFirst, Tensor.TotalCount);
            block.zero_grad();
        }
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Functions_OfEveryKind_MakeOneTensorEach()
    {
        var x = randn(1, 4, 4, 4);
        var (q, mask) = (randn(1, 2, 4, 8), ones(new long[] { 4, 4 }, dtype: @bool));
        (string Name, Func<Tensor> Call)[] functions =
        [
            ("attention", () => F.scaled_dot_product_attention(q, q, q)),
            ("masked attention", () => F.scaled_dot_product_attention(q, q, q, mask)),
            ("causal attention", () => F.scaled_dot_product_attention(q, q, q, is_casual: true)),
            ("normalize", () => F.normalize(x)),
            ("interpolate", () => F.interpolate(x, [8, 8], mode: InterpolationMode.Bicubic, antialias: true)),
            ("interpolate by factors", () => F.interpolate(x, scale_factor: [2, 2], recompute_scale_factor: true)),
            ("pad", () => F.pad(x, (1, 1, 1, 1), PaddingModes.Reflect)),
            ("dropout", () => F.dropout(x)),
            ("gelu", () => F.gelu(x)),
        ];
        foreach (var (name, call) in functions)
        {
            var before = ProcessWide.CountTensors();
            using (call()) Assert.True(Tensor.TotalCount == before + 1, $"{name}: {Tensor.TotalCount - before} tensors");
            Assert.Equal(before, Tensor.TotalCount);
        }
        x.Dispose();
        q.Dispose();
        mask.Dispose();
    }

    [Fact]
    public void Sequential_WithoutAScope_DisposesWhatIsBetween()
    {
        using var noGrad = no_grad();
        using var sequence = Sequential(Linear(2, 2), SiLU(), Linear(2, 2), Identity());
        using var x = ones(1, 2);
        var before = ProcessWide.CountTensors();
        using (sequence.call(x)) Assert.Equal(before + 1, Tensor.TotalCount);
    }

    [Fact]
    public void Initialisation_AndClipping_LeaveNothingBehind()
    {
        using var weight = Parameter(zeros(4, 4));
        using (var gradient = ones(4, 4)) weight.grad = gradient;
        var before = ProcessWide.CountTensors();
        init.orthogonal_(weight);
        init.trunc_normal_(weight);
        init.kaiming_uniform_(weight);
        nn.utils.clip_grad_norm_([weight], 0.1);
        nn.utils.clip_grad_value_([weight], 0.01);
        using (var vector = nn.utils.parameters_to_vector([weight])) nn.utils.vector_to_parameters(vector, [weight]);
        Assert.Equal(before, Tensor.TotalCount);
    }

    private sealed class Block : Module<Tensor, Tensor>
    {
        private readonly GroupNorm norm;
        private readonly Conv2d conv;
        private readonly ModuleList<Linear> to_out;
        private readonly Tensor table;
        private readonly Parameter scale;
        private readonly Sequential tail;

        public Block() : base(nameof(Block))
        {
            norm = GroupNorm(2, 4);
            conv = Conv2d(4, 4, 3, padding: 1);
            to_out = ModuleList(Linear(4, 4, hasBias: false));
            table = ones(1);
            scale = Parameter(ones(1));
            tail = Sequential(SiLU(), Conv2d(4, 4, 1));
            init.ones_(norm.weight);
            init.zeros_(norm.bias!);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var x = conv.call(F.silu(norm.call(input))) * scale + table;
            return tail.call(to_out[0].call(x)).MoveToOuterDisposeScope();
        }
    }
}
