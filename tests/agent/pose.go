package agent

import (
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"

	"github.com/paxoskv/paxoskv/report"
)

// poser answers for a cluster service that is not there.
type poser struct {
	gen.Server
	report report.Report
	ahead  time.Duration
}

// HandleCall answers everything with the report.
func (s *poser) HandleCall(*gen.ServerProcess, gen.ServerFrom, etf.Term) (etf.Term, gen.ServerStatus) {
	r := s.report
	r.Now = time.Now().Add(s.ahead).UnixMicro()
	return r, gen.ServerStatusOK
}
